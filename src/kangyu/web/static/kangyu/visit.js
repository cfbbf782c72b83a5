// The visit form: Enter goes on, ranges warn at once, rules answer beside the form, a draft survives a closed page until it is saved.
(() => {
  const form = document.getElementById("visit-form");
  const store = (() => { try { return window.sessionStorage; } catch { return null; } })();
  const drawer = (name) => `draft/${name}`;

  const done = document.querySelector("[data-clear-draft]");
  if (done && store) {
    Object.keys(store).filter((key) => key.startsWith(drawer(done.dataset.clearDraft))).forEach((key) => store.removeItem(key));
  }
  if (!form) return;

  const fieldOf = (element) => element.closest(".field");
  const shown = (element) => element.offsetParent !== null && !element.disabled;
  const stops = () => [...form.querySelectorAll("input, textarea")].filter((one) =>
    one.type !== "hidden" && shown(one) && !(one.type === "radio" && !one.checked && hasChecked(one)));
  const hasChecked = (radio) => [...form.querySelectorAll(`input[name="${radio.name}"]`)].some((one) => one.checked);

  // Enter only goes on: an answer is given with the space bar, the arrows or a click, never in passing.
  function goOn(from) {
    const all = stops();
    const field = fieldOf(from);
    const single = from.type !== "checkbox" && from.type !== "radio";
    const next = all.slice(all.indexOf(from) + 1).find((one) => single || fieldOf(one) !== field);
    if (next) { next.focus(); if (next.select && next.type !== "radio" && next.type !== "checkbox") next.select(); }
    else document.querySelector("button[form=visit-form]")?.focus();
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.target.matches("textarea, button")) return;
    event.preventDefault();
    goOn(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey && /^[1-9]$/.test(event.key)) {
      const fix = form.querySelectorAll("[data-fix]")[Number(event.key) - 1];
      if (fix) { event.preventDefault(); fix.click(); }
    }
  });

  // What the server says of a field is shown on it: tone, whether it is asked at all, whether it is wrong.
  function heed(verdict) {
    const field = fieldOf(verdict);
    if (!field) return;
    field.classList.toggle("hard", verdict.dataset.tone === "hard");
    field.classList.toggle("soft", verdict.dataset.tone === "soft");
    field.hidden = verdict.dataset.asked === "no";
    const wrong = (verdict.dataset.wrong || "").split(" ");
    field.querySelectorAll("input:not([type=radio]):not([type=checkbox])").forEach((input) => {
      if (wrong.includes(input.name)) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    });
  }

  // A number out of its range is marked before the server has answered.
  function measure(input) {
    const verdict = fieldOf(input)?.querySelector(".verdict");
    if (!verdict || !("low" in input.dataset)) return;
    const value = Number(input.value.trim().replace("。", "."));
    const out = (low, high) => low !== "" && (value < Number(low) || value > Number(high));
    const tone = input.value.trim() === "" || Number.isNaN(value) ? verdict.dataset.tone
      : out(input.dataset.low, input.dataset.high) ? "hard" : out(input.dataset.usualLow, input.dataset.usualHigh) ? "soft" : "";
    if (tone !== verdict.dataset.tone) {
      verdict.dataset.tone = tone;
      verdict.dataset.wrong = tone === "hard" ? input.name : "";
      if (tone === "hard" && !verdict.children.length) {
        const words = document.createElement("p");
        words.className = "msg";
        words.textContent = `■ ${input.value} 不可能，应在 ${input.dataset.low}–${input.dataset.high} 之间。`;
        verdict.replaceChildren(words);
      }
      heed(verdict);
    }
  }

  form.addEventListener("change", (event) => {
    const one = event.target;
    if (one.type === "checkbox") {
      const same = [...form.querySelectorAll(`input[name="${one.name}"]`)];
      if (one.checked) same.filter((other) => other !== one && ("none" in one.dataset || "none" in other.dataset)).forEach((other) => { other.checked = false; });
    } else if ("low" in one.dataset) window.setTimeout(() => measure(one), 180);  // after the click that left the field has landed
    if (one.name === "on") document.querySelectorAll("[data-day]").forEach((day) => { day.textContent = one.value; });
  });

  document.addEventListener("click", (event) => {
    const fix = event.target.closest("[data-fix]");
    if (!fix || !form.contains(fix)) return;
    for (let at = 1; fix.getAttribute(`data-set-${at}`) !== null; at += 1) {
      const [key, value] = fix.getAttribute(`data-set-${at}`).split("=");
      const input = form.elements.namedItem(key);
      if (input) input.value = value;
      if (at === 1 && input?.focus) input.focus();
    }
    keep();
    form.dispatchEvent(new Event("judge"));
  });

  // Links of the panel lead to a field that may be a group of choices.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target || !form.contains(target)) return;
    event.preventDefault();
    const input = target.matches("input, textarea") ? target : target.querySelector("input") || target;
    input.focus();
    fieldOf(input)?.scrollIntoView({ block: "center" });
  });

  // Draft
  const name = drawer(form.dataset.draft);
  const words = document.getElementById("draft");

  function keep() {
    if (!store) return;
    const kept = [...new FormData(form)].filter(([key]) => !["csrfmiddlewaretoken", "key", "corrects", "version"].includes(key));
    try {
      store.setItem(name, JSON.stringify(kept));
      const now = new Date();
      if (words) words.textContent = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")} 自动存了草稿`;
    } catch { /* a full store only loses the draft */ }
  }

  function restore() {
    const text = store?.getItem(name);
    if (!text || "refused" in form.dataset) return false;
    let kept;
    try { kept = JSON.parse(text); } catch { return false; }
    form.querySelectorAll("input[type=checkbox], input[type=radio]").forEach((one) => { one.checked = false; });
    for (const [key, value] of kept) {
      const found = [...form.querySelectorAll(`[name="${CSS.escape(key)}"]`)];
      for (const one of found) {
        if (one.type === "checkbox" || one.type === "radio") one.checked = one.checked || one.value === value;
        else if (one.type !== "hidden") one.value = value;
      }
    }
    if (words) words.textContent = "已恢复上次没存完的草稿";
    return true;
  }

  form.addEventListener("input", () => { keep(); });
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.classList.contains("verdict")) heed(event.detail.target);
  });
  document.body.addEventListener("htmx:afterSettle", () => form.querySelectorAll(".verdict").forEach(heed));
  form.addEventListener("submit", () => {
    document.querySelectorAll("button[form=visit-form], #visit-form .form-end button").forEach((button) => { button.disabled = true; });
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("button[form=visit-form], #visit-form .form-end button").forEach((button) => { button.disabled = false; });
  });

  form.querySelectorAll(".verdict").forEach(heed);
  if (restore()) window.setTimeout(() => form.dispatchEvent(new Event("judge")), 60);
  const first = "refused" in form.dataset ? form.querySelector("[aria-invalid=true]") || form.querySelector(".field.hard input") : stops().find((one) => one.value === "" && one.type !== "checkbox");
  first?.focus({ preventScroll: !("refused" in form.dataset) });
})();
