// Keyboard: Ctrl+K searches, J and K walk a list or turn the page, Enter opens, S changes the order, ? explains.
(() => {
  const typing = (element) => element && (element.matches("input, select, textarea") || element.isContentEditable);
  const box = () => document.querySelector("[data-search] input");

  const rows = () => [...document.querySelectorAll("[data-walk] [data-row]")].filter((row) => !row.hidden);

  function walk(step) {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.classList.contains("sel"));
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    all.forEach((row) => row.classList.toggle("sel", row === next));
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("a, button")?.focus({ preventScroll: true });
    return true;
  }

  function follow(selector) {
    const link = document.querySelector(selector);
    if (link) link.click();
    return Boolean(link);
  }

  const plain = {
    j: () => walk(1) || follow("[data-key=j]"),
    k: () => walk(-1) || follow("[data-key=k]"),
    s: () => follow("[data-key=s]"),
    n: () => follow("[data-key=n]"),
    "?": () => document.getElementById("keys-help")?.showModal() ?? true,
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (box()) { event.preventDefault(); box().focus(); box().select(); }
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = document.activeElement?.closest("form[data-commit]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(document.activeElement)) return;
    const act = plain[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act && act()) event.preventDefault();
  });
})();
