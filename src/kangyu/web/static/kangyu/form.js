// Any form: Enter goes on, ranges warn at once, rules answer beside the form, what the server finds stands under its field.
(() => {
  const form = document.querySelector("form[data-form]");
  if (!form) return;

  const fieldOf = (element) => element.closest(".field");
  const shown = (element) => element.offsetParent !== null && !element.disabled;
  const hasChecked = (radio) => [...form.querySelectorAll(`input[name="${CSS.escape(radio.name)}"]`)].some((one) => one.checked);
  const stops = () => [...form.querySelectorAll("input, select, textarea, canvas")].filter((one) =>
    one.type !== "hidden" && shown(one) && !(one.type === "radio" && !one.checked && hasChecked(one)));
  const saves = () => [...document.querySelectorAll(`button[form="${form.id}"]`), ...form.querySelectorAll(".form-end button:not([type=button])")];
  const judge = () => form.dispatchEvent(new Event("judge"));

  // Enter only goes on: an answer is given with the space bar, the arrows or a click, never in passing.
  function goOn(from) {
    if (window.kangyuRows?.enter(from)) return;
    const all = stops();
    const field = fieldOf(from);
    const single = from.type !== "checkbox" && from.type !== "radio";
    const next = all.slice(all.indexOf(from) + 1).find((one) => single || fieldOf(one) !== field);
    if (next) { next.focus(); if (next.select && next.type !== "radio" && next.type !== "checkbox") next.select(); }
    else saves()[0]?.focus();
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
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
    if (field.matches("td")) field.classList.toggle("off", verdict.dataset.asked === "no");
    else field.hidden = verdict.dataset.asked === "no";
    const part = field.closest("[data-part]");
    if (part) part.hidden = ![...part.querySelectorAll(":scope > .field")].some((one) => !one.hidden);
    const wrong = (verdict.dataset.wrong || "").split(" ");
    field.querySelectorAll("input:not([type=radio]):not([type=checkbox]), select").forEach((input) => {
      if (wrong.includes(input.name.replace(/\.typed$/, ""))) input.setAttribute("aria-invalid", "true");
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
      const same = [...form.querySelectorAll(`input[name="${CSS.escape(one.name)}"]`)];
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
    form.dispatchEvent(new Event("input", { bubbles: true }));
    judge();
  });

  // Links of the panel lead to a field that may be a group of choices.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target || !form.contains(target)) return;
    event.preventDefault();
    const input = target.matches("input, textarea") ? target : target.querySelector("input:not([type=hidden]), textarea, canvas") || target;
    input.focus();
    fieldOf(input)?.scrollIntoView({ block: "center" });
  });

  // Many choices are narrowed by typing.
  form.addEventListener("input", (event) => {
    const box = event.target.closest("[data-filter]");
    if (!box) return;
    const words = box.value.trim().toLowerCase();
    document.getElementById(box.dataset.filter)?.querySelectorAll("label").forEach((label) => {
      label.hidden = words !== "" && !label.textContent.toLowerCase().includes(words) && !label.querySelector("input").checked;
    });
  });

  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.classList.contains("verdict")) heed(event.detail.target);
  });
  document.body.addEventListener("htmx:afterSettle", () => form.querySelectorAll(".verdict").forEach(heed));
  window.addEventListener("pageshow", () => saves().forEach((button) => { button.disabled = false; }));

  form.querySelectorAll(".verdict").forEach(heed);
  if ("judgeNow" in form.dataset) window.setTimeout(judge, 60);
  const first = "refused" in form.dataset
    ? form.querySelector("[aria-invalid=true]") || form.querySelector(".field.hard input")
    : stops().find((one) => one.value === "" && one.type !== "checkbox" && one.type !== "file");
  first?.focus({ preventScroll: !("refused" in form.dataset) });
})();
