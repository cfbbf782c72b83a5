// Inputs that need more than a box: names sought while typing, a signature drawn by hand, photos made small, files carried along.
(() => {
  const form = document.querySelector("form[data-form]");
  if (!form) return;
  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));
  const now = () => { const at = new Date(); return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19); };

  // Names
  const waits = new WeakMap();
  const hiddenOf = (box) => box.querySelector("input[type=hidden]");
  const listOf = (box) => box.querySelector("[role=listbox]");

  function close(box) {
    listOf(box).hidden = true;
    box.querySelector("[role=combobox]").setAttribute("aria-expanded", "false");
  }

  async function seek(box) {
    const typed = box.querySelector("[role=combobox]");
    const address = new URL(box.dataset.suggest, window.location.href);
    const asked = typed.value;
    address.searchParams.set("q", asked);
    let names;
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      names = answer.ok ? await answer.text() : null;
    } catch { names = null; }
    if (typed.value !== asked) return;  // what was typed since is being sought
    delete box.dataset.seeking;
    if (names === null) return;
    listOf(box).innerHTML = names;
    listOf(box).querySelectorAll("[role=option]").forEach((option, at) => {
      option.id = `${listOf(box).id}-${at}`;
      option.setAttribute("aria-selected", String(at === 0));
    });
    listOf(box).hidden = false;
    typed.setAttribute("aria-expanded", "true");
  }

  function choose(box, option) {
    hiddenOf(box).value = option.dataset.id;
    box.querySelector("[role=combobox]").value = option.dataset.title;
    close(box);
    changed();
  }

  function step(box, by) {
    const options = [...listOf(box).querySelectorAll("[role=option]")];
    if (!options.length) return;
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const next = (at + by + options.length) % options.length;
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === next)));
    box.querySelector("[role=combobox]").setAttribute("aria-activedescendant", options[next].id);
    options[next].scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("input", (event) => {
    const box = event.target.closest?.("[data-suggest]");
    if (!box || event.target.type === "hidden") return;
    hiddenOf(box).value = "";
    listOf(box).replaceChildren();  // what is offered must be what was typed: Enter takes the first
    close(box);
    box.dataset.seeking = "";
    window.clearTimeout(waits.get(box));
    waits.set(box, window.setTimeout(() => seek(box), 180));
  });
  form.addEventListener("focusin", (event) => {
    const box = event.target.closest?.("[data-suggest]");
    if (box && event.target.matches("[role=combobox]") && !event.target.value) seek(box);
  });
  form.addEventListener("focusout", (event) => {
    const box = event.target.closest?.("[data-suggest]");
    if (box && !box.contains(event.relatedTarget)) window.setTimeout(() => close(box), 150);
  });
  form.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[data-suggest] [role=option]");
    if (option) { event.preventDefault(); choose(option.closest("[data-suggest]"), option); }
  });
  form.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-suggest]");
    if (box && "seeking" in box.dataset && event.key === "Enter") event.preventDefault();
    if (!box || listOf(box).hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(box, event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Escape") { event.preventDefault(); close(box); }
    if (event.key === "Enter" && !event.isComposing) {
      const option = listOf(box).querySelector("[aria-selected=true]");
      if (option && event.target.value.trim()) { event.preventDefault(); choose(box, option); }
    }
  }, true);

  // Signatures
  function ink(box) {
    const canvas = box.querySelector("canvas");
    const pen = canvas.getContext("2d");
    let drawing = false;
    const at = (event) => {
      const edge = canvas.getBoundingClientRect();
      return [(event.clientX - edge.left) * canvas.width / edge.width, (event.clientY - edge.top) * canvas.height / edge.height];
    };
    const wipe = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); };
    wipe();
    canvas.addEventListener("pointerdown", (event) => {
      drawing = true;
      canvas.setPointerCapture(event.pointerId);
      pen.lineWidth = 3; pen.lineCap = "round"; pen.lineJoin = "round"; pen.strokeStyle = "#111";
      pen.beginPath(); pen.moveTo(...at(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => { if (drawing) { pen.lineTo(...at(event)); pen.stroke(); } });
    const finish = () => {
      if (!drawing) return;
      drawing = false;
      const [picture, when] = box.querySelectorAll("input[type=hidden]");
      picture.value = canvas.toDataURL("image/png");
      when.value = now();
      box.classList.add("signed");
      changed();
    };
    canvas.addEventListener("pointerup", finish);
    canvas.addEventListener("pointercancel", finish);
    box.querySelector("[data-wipe]").addEventListener("click", () => {
      wipe();
      box.querySelectorAll("input[type=hidden]").forEach((one) => { one.value = ""; });
      box.querySelector(".enclosed")?.remove();
      box.classList.remove("signed");
      changed();
    });
    const before = box.querySelector("input[type=hidden]").value;
    if (before.startsWith("data:")) { const image = new Image(); image.onload = () => pen.drawImage(image, 0, 0); image.src = before.replace(/;name=[^;,]*/, ""); }
  }

  // Files: what was chosen travels with the answers, so that it waits with them when the network is gone.
  const LONGEST = 1600;
  const bytesOf = (address) => Math.floor((address.length - address.indexOf(",") - 1) * 3 / 4);
  const read = (file) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result); reader.onerror = failed;
    reader.readAsDataURL(file);
  });

  async function smaller(address) {
    const image = new Image();
    await new Promise((done, failed) => { image.onload = done; image.onerror = failed; image.src = address; });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale); canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.85);
  }

  async function enclose(box, file) {
    const [sent, when] = box.querySelectorAll("input[type=hidden]");
    const largest = Number(box.dataset.largest) * 1024;
    const verdict = box.closest(".field").querySelector(".verdict");
    const refuse = (words) => { verdict.dataset.tone = "hard"; const says = document.createElement("p"); says.className = "msg"; says.textContent = `■ ${words}`; verdict.replaceChildren(says); box.closest(".field").classList.add("hard"); };
    let address;
    try {
      address = await read(file);
      if (file.type.startsWith("image/") && (file.size > 300 * 1024 || box.querySelector("img"))) address = await smaller(address).catch(() => address);
    } catch { refuse("这个文件读不出来，请换一个。"); return; }
    if (bytesOf(address) > largest) { refuse(`文件太大（${Math.round(bytesOf(address) / 1024)} KB），最大 ${box.dataset.largest} KB。`); return; }
    verdict.replaceChildren(); box.closest(".field").classList.remove("hard");
    sent.value = address.replace(/^data:([^;,]+)/, (_, kind) => `data:${kind};name=${file.name.replace(/[;,]/g, "_")}`);
    when.value = now();
    const line = box.querySelector(".enclosed");
    line.querySelector("[data-name]").textContent = `${file.name}（${Math.max(1, Math.round(bytesOf(address) / 1024))} KB）`;
    line.hidden = false;
    const picture = box.querySelector("img");
    if (picture) { picture.src = address; picture.hidden = false; }
    box.querySelector("input[type=file]").value = "";
    changed();
  }

  form.addEventListener("change", (event) => {
    const box = event.target.type === "file" && event.target.closest("[data-enclosing]");
    if (box && event.target.files.length) enclose(box, event.target.files[0]);
  });
  form.addEventListener("click", (event) => {
    const box = event.target.closest("[data-remove]")?.closest("[data-enclosing]");
    if (!box) return;
    box.querySelectorAll("input[type=hidden]").forEach((one) => { one.value = ""; });
    box.querySelector(".enclosed").hidden = true;
    const picture = box.querySelector("img");
    if (picture) picture.hidden = true;
    changed();
  });

  form.querySelectorAll("[data-signature]").forEach(ink);
})();
