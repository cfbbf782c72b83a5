// Small things every page shares: the search palette, floats that close, copying an address, asking before what cannot be undone.
(() => {
  const input = () => document.querySelector("[data-search] input");
  const found = () => document.getElementById("found");

  function showFound(open) {
    const list = found();
    if (!list) return;
    list.hidden = !open;
    input().setAttribute("aria-expanded", String(open));
  }

  function choose(step) {
    const options = [...found().querySelectorAll("[role=option]")];
    if (!options.length) return;
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const next = (at + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)));
    input().setAttribute("aria-activedescendant", options[next].id);
    options[next].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "found") showFound(input().value.trim() !== "");
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.target.closest?.("form[data-queue]")) return;  // such a form waits for the network by itself
    const notice = document.getElementById("notice");
    if (!notice) return;
    const says = document.createElement("p");
    says.className = "note bad flash";
    says.textContent = "连不上服务器，刚才的操作没有保存。请检查网络后再试。";
    notice.replaceChildren(says);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.me[open], details.menu[open]").forEach((one) => one.removeAttribute("open"));
      showFound(false);
    }
    if (event.target !== input()) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter") {
      const chosen = found().querySelector("[aria-selected=true]");
      if (chosen) { event.preventDefault(); window.location.assign(chosen.getAttribute("href")); }
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.me[open], details.menu[open]").forEach((one) => {
      if (!one.contains(event.target)) one.removeAttribute("open");
    });
    if (found() && !event.target.closest("[data-search]")) showFound(false);
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard?.writeText(window.location.href);
      copier.textContent = "已复制";
    }
    if (event.target.closest("[data-print]")) printWhole();
  });

  // A long document follows in parts: paper waits for the last of them, and an address into a later part is gone to when it is there.
  const unread = () => document.querySelector("[data-part]");
  let printing = false;
  let sought = "";

  function printWhole() {
    printing = Boolean(unread());
    if (!printing) window.print();
  }
  window.addEventListener("load", () => {
    const hash = window.location.hash.slice(1);
    if (unread() && hash && !document.getElementById(hash)) sought = hash;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (sought && document.getElementById(sought)) {
      window.location.replace(`#${sought}`);
      sought = "";
    }
    if (printing && !unread()) printWhole();
  });

  // What scrolls sideways can be scrolled with the arrow keys.
  function reachable() {
    document.querySelectorAll("table.t, pre.code").forEach((one) => {
      if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    });
  }
  window.addEventListener("load", reachable);
  document.addEventListener("htmx:afterSettle", reachable);

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();
