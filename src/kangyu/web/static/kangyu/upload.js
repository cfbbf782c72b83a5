// A bar while a file goes up; without this the form still works.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-progress]") || event.defaultPrevented) return;
    const bar = form.querySelector("progress.upload");
    const button = form.querySelector("button");
    event.preventDefault();
    const call = new XMLHttpRequest();
    call.open("POST", form.action || window.location.href);
    call.setRequestHeader("HX-Request", "true");
    bar.hidden = false;
    button.disabled = true;
    call.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) bar.value = Math.round((step.loaded / step.total) * 100);
      if (bar.value >= 100) button.textContent = "正在读取……";
    });
    call.addEventListener("load", () => {
      if (call.status < 400) window.location.assign(call.responseURL);
      else {
        document.getElementById("notice").innerHTML = call.responseText;
        bar.hidden = true;
        button.disabled = false;
        button.textContent = "再试一次";
      }
    });
    call.addEventListener("error", () => {
      button.disabled = false;
      button.textContent = "没有传上去，再试一次";
    });
    call.send(new FormData(form));
  });
})();
