// Rows of a repeating table: added and taken away by button or keyboard; Enter in the last cell goes on to a new row.
(() => {
  const form = document.querySelector("form[data-form]");
  if (!form) return;
  const NEW = /0row0/g;

  const tableOf = (element) => element.closest("[data-rows]");
  const rowsOf = (table) => [...table.querySelectorAll("tbody > tr")];
  const empty = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")].every((one) =>
    one.type === "checkbox" || one.type === "radio" ? !one.checked : one.value.trim() === "");

  function nextId(table) {
    const used = rowsOf(table).map((row) => Number(row.dataset.rowId) || 0);
    const next = Math.max(Number(table.dataset.next) || 0, ...used) + 1;
    table.dataset.next = String(next);
    return next;
  }

  function tell() {
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.dispatchEvent(new Event("judge"));
  }

  function count(table) {
    const full = rowsOf(table).length >= Number(table.dataset.max);
    table.querySelector("[data-add]").disabled = full;
    table.querySelector("[data-full]").hidden = !full;
  }

  function add(table) {
    if (rowsOf(table).length >= Number(table.dataset.max)) return;
    const body = document.createElement("tbody");
    body.innerHTML = table.querySelector("template").innerHTML.replace(NEW, String(nextId(table)));
    const row = body.firstElementChild;
    table.querySelector("tbody").append(row);
    count(table);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  function drop(row) {
    const table = tableOf(row);
    const beside = row.nextElementSibling || row.previousElementSibling;
    nextId(table);  // the number of a row that is gone is not given again
    row.remove();
    if (!beside) add(table);
    else beside.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    count(table);
    tell();
  }

  // True when Enter was used up here.
  function enter(from) {
    const row = from.closest("[data-row-id]");
    const table = row && tableOf(row);
    if (!table || row !== rowsOf(table).at(-1)) return false;
    const inputs = [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];
    const last = inputs.at(-1);
    if (from !== last && from.name !== last.name) return false;
    if (empty(row) || rowsOf(table).length >= Number(table.dataset.max)) return false;
    add(table);
    return true;
  }

  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-add]")) add(tableOf(event.target));
    else if (event.target.closest("[data-drop]")) drop(event.target.closest("[data-row-id]"));
  });
  form.addEventListener("keydown", (event) => {
    const table = event.altKey && tableOf(event.target);
    if (!table) return;
    if (event.key === "+" || event.key === "=") { event.preventDefault(); add(table); }
    const row = event.target.closest("[data-row-id]");
    if ((event.key === "-" || event.key === "_") && row) { event.preventDefault(); drop(row); }
  });

  form.querySelectorAll("[data-rows]").forEach(count);
  window.kangyuRows = { enter };
})();
