// What could not be sent waits in this browser, encrypted for its account, and is sent when the network is back: once, by its key.
(() => {
  const held = document.querySelector("meta[name=waiting-key]");
  if (!held) return;
  const account = held.dataset.account;
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
  const bar = document.getElementById("queue");
  const form = document.querySelector("form[data-queue]");
  const safe = Boolean(window.indexedDB && window.crypto?.subtle);
  const AGAIN = 15000;
  const memory = new Map();  // where nothing can be encrypted nothing is stored: it waits while the page stays open

  // The store
  const bytes = (text) => Uint8Array.from(window.atob(text), (one) => one.charCodeAt(0));
  const keyed = safe ? window.crypto.subtle.importKey("raw", bytes(held.content), "AES-GCM", false, ["encrypt", "decrypt"]) : null;
  const opened = safe ? new Promise((done, failed) => {
    const asked = window.indexedDB.open("kangyu", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  }) : null;

  async function ask(mode, act) {
    const store = (await opened).transaction("waiting", mode, { durability: "strict" });
    return new Promise((done, failed) => {
      const asked = act(store.objectStore("waiting"));
      store.oncomplete = () => done(asked.result);
      store.onerror = store.onabort = () => failed(store.error);
    });
  }

  async function put(entry) {
    if (!safe) { memory.set(entry.id, entry); return; }
    const iv = window.crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(entry));
    const sealed = await window.crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyed, plain);
    await ask("readwrite", (store) => store.put({ id: entry.id, account, at: entry.at, iv, sealed }));
  }

  async function remove(id) {
    memory.delete(id);
    if (safe) await ask("readwrite", (store) => store.delete(id));
  }

  async function all() {
    if (!safe) return { own: [...memory.values()], others: 0 };
    const rows = await ask("readonly", (store) => store.getAll());
    const own = [];
    for (const row of rows.filter((one) => one.account === account).sort((a, b) => a.at.localeCompare(b.at))) {
      try {
        const plain = await window.crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, await keyed, row.sealed);
        own.push(JSON.parse(new TextDecoder().decode(plain)));
      } catch { /* sealed under another deployment's key: nobody can read it any more */ }
    }
    return { own, others: rows.filter((one) => one.account !== account).length };
  }

  // Sending
  async function send(entry) {
    const body = new FormData();
    entry.pairs.forEach(([key, value]) => body.append(key, value));
    body.set("csrfmiddlewaretoken", token);
    let answer;
    try {
      answer = await fetch(entry.action, { method: "POST", body, headers: { "X-CSRFToken": token } });
    } catch { return { state: "offline" }; }
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in")) return { state: "signed_out" };
    if (answer.ok && answer.redirected) return { state: "saved", address: answer.url };
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) return { state: "offline" };
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const why = page.querySelector("[data-why], .note.bad, .error, main h1")?.textContent.trim().replace(/\s+/g, " ") || "服务器没有收下";
    return { state: "refused", why: why.slice(0, 240) };
  }

  let busy = false;
  async function flush() {
    if (busy) return;
    busy = true;
    const work = async () => {
      for (const entry of (await all()).own.filter((one) => one.state === "waiting" && !one.beingShown)) {
        const result = await send(entry);
        if (result.state === "offline" || result.state === "signed_out") break;
        if (result.state === "saved") {
          await remove(entry.id);
          arrived(entry, result.address);
        } else await put({ ...entry, state: "refused", why: result.why });
      }
    };
    try {
      if (navigator.locks) await navigator.locks.request("kangyu-queue", { ifAvailable: true }, async (lock) => { if (lock) await work(); });
      else await work();
    } finally { busy = false; await show(); }
  }

  // The bar
  const element = (tag, words, more = {}) => Object.assign(document.createElement(tag), { textContent: words, ...more });
  const time = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });

  function arrived(entry, address) {
    if (form && form.elements.namedItem("key")?.value === entry.id) { form.dataset.sent = ""; window.location.assign(address); return; }
    const line = element("p", `已送到：${entry.label}　`, { className: "note ok" });
    line.append(element("a", "看结果", { href: address }));
    document.getElementById("notice")?.append(line);
  }

  function open(entry) {
    const again = Object.assign(document.createElement("form"), { method: "post", action: entry.action, hidden: true });
    for (const [name, value] of [...entry.pairs.filter(([key]) => key !== "csrfmiddlewaretoken"), ["csrfmiddlewaretoken", token]]) {
      again.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(again);
    again.submit();
  }

  async function show() {
    if (!bar) return;
    const { own, others } = await all();
    const waiting = own.filter((one) => one.state === "waiting");
    const refused = own.filter((one) => one.state === "refused");
    bar.replaceChildren();
    if (waiting.length) {
      const line = element("p", `▲ ${waiting.length} 份还没有送到，已存在这台设备上，连上网就自动送出：${waiting.map((one) => `${one.label}（${time(one.at)}）`).join("、")}　`, { className: "note warn" });
      const now = element("button", "现在送", { className: "btn sm", type: "button" });
      now.addEventListener("click", flush);
      line.append(now);
      bar.append(line);
    }
    for (const entry of refused) {
      const line = element("p", `■ 没有收下：${entry.label}。${entry.why}　`, { className: "note bad" });
      const mend = element("button", "打开修改", { className: "btn sm", type: "button" });
      mend.addEventListener("click", () => open(entry));
      const give = element("button", "不要了", { className: "btn sm quiet", type: "button" });
      give.addEventListener("click", async () => {
        if (window.confirm(`丢掉“${entry.label}”？丢掉后找不回来。`)) { await remove(entry.id); await show(); }
      });
      line.append(mend, " ", give);
      bar.append(line);
    }
    if (others) bar.append(element("p", `这台设备上还有别的账号的 ${others} 份没有送到，等那个账号登录后再送。`, { className: "note" }));
    bar.hidden = !bar.children.length;
  }

  // Saving a form
  const buttons = () => [...document.querySelectorAll(`button[form="${form.id}"]`), ...form.querySelectorAll(".form-end button:not([type=button])")];
  const wait = (busyNow) => buttons().forEach((button) => { button.disabled = busyNow; });

  // Of several buttons (send, keep as a draft) the one that was pressed goes along, by either way of sending.
  function pressed(button) {
    let held = form.querySelector("input[data-pressed]");
    if (!button?.name) { held?.remove(); return; }
    held ||= form.appendChild(Object.assign(document.createElement("input"), { type: "hidden" }));
    held.dataset.pressed = "";
    Object.assign(held, { name: button.name, value: button.value });
  }

  async function save(button) {
    pressed(button);
    const key = form.elements.namedItem("key")?.value;
    const pairs = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const entry = { id: key, action: form.action, pairs, label: form.dataset.label || document.title, at: new Date().toISOString(), state: "waiting" };
    wait(true);
    try { await put(entry); } catch { memory.set(entry.id, entry); }
    const result = await send(entry);
    if (result.state === "saved") {
      form.dataset.sent = "";
      await remove(entry.id);
      window.location.assign(result.address);
    } else if (result.state === "refused") {
      // The page that says what to mend is asked for the plain way; it takes the entry out once it is there.
      HTMLFormElement.prototype.submit.call(form);
    } else {
      wait(false);
      await show();
      bar?.scrollIntoView({ block: "nearest" });
      if (result.state === "signed_out") bar?.prepend(element("p", "■ 登录已过期，填的内容存在这台设备上，重新登录后自动送出。", { className: "note bad" }));
    }
  }

  if (form) {
    form.addEventListener("submit", (event) => {
      if ([...form.querySelectorAll("input[type=file]")].some((one) => one.files.length)) return;  // not carried along yet: the plain way
      event.preventDefault();
      save(event.submitter);
    });
    const key = form.elements.namedItem("key")?.value;
    if ("refused" in form.dataset && key) remove(key).then(show);
  }

  document.querySelector("form[data-sign-out]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const leaving = event.target;
    const { own } = await all();
    const warns = `还有 ${own.length} 份没有送到服务器。退出会把它们从这台设备上清除，找不回来。确定退出吗？`;
    if (own.length && !window.confirm(warns)) return;
    for (const entry of own) await remove(entry.id);
    HTMLFormElement.prototype.submit.call(leaving);
  });

  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") flush(); });
  window.setInterval(async () => { if ((await all()).own.some((one) => one.state === "waiting")) flush(); }, AGAIN);
  flush();
})();
