// A draft of what is being filled in, kept on the server for this person and form until it is saved.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const WAIT = 1500;
  const LARGEST = 380 * 1024;
  const says = document.getElementById("draft");
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
  let timer = 0;
  let kept = "";

  function pairs() {
    return [...new FormData(form)].filter(([key, value]) => typeof value === "string" && !["csrfmiddlewaretoken", "key"].includes(key));
  }

  async function keep() {
    const text = JSON.stringify(pairs());
    if (text === kept || text.length > LARGEST || "sent" in form.dataset) return;
    kept = text;
    const body = new FormData();
    body.set("place", form.dataset.draft);
    body.set("pairs", text);
    try {
      const answer = await fetch(form.dataset.draftAddress, { method: "POST", body, headers: { "X-CSRFToken": token }, keepalive: text.length < 60000 });
      if (answer.ok && says) says.textContent = `${await answer.text()} 自动存了草稿`;
    } catch { kept = ""; }
  }

  form.addEventListener("input", () => { window.clearTimeout(timer); timer = window.setTimeout(keep, WAIT); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && timer) keep(); });
})();
