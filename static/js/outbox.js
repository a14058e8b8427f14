/* What every page shares that goes on without a network: a store in this browser, ways to ask the
   server that tell "away" from "signed out", the helper that keeps the page, time by the server's
   clock. Where a browser keeps nothing, the page's memory does. */
(function () {
  "use strict";

  window.Jinjian = window.Jinjian || {};
  const J = window.Jinjian;

  function uuid() {
    if (window.crypto.randomUUID) return window.crypto.randomUUID();
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  J.uuid = uuid;
  J.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return name in values ? String(values[name]) : whole;
    });
  };

  /* A database of this browser with these tables; every record has an `id`. */
  J.Store = function (name, tables) {
    const memory = {};
    tables.forEach(function (table) { memory[table] = new Map(); });
    let opening = null;

    function open() {
      if (!opening) {
        opening = new Promise(function (done) {
          if (!window.indexedDB) { done(null); return; }
          let wish;
          try { wish = window.indexedDB.open(name, 1); } catch (problem) { done(null); return; }
          wish.onupgradeneeded = function () {
            tables.forEach(function (table) { wish.result.createObjectStore(table, { keyPath: "id" }); });
          };
          wish.onsuccess = function () { done(wish.result); };
          wish.onerror = function () { done(null); };
          wish.onblocked = function () { done(null); };
        });
      }
      return opening;
    }

    function run(place, mode, act, fallback) {
      return open().then(function (db) {
        if (!db) return fallback(memory[place]);
        return new Promise(function (done, fail) {
          const deal = db.transaction(place, mode);
          const wish = act(deal.objectStore(place));
          deal.oncomplete = function () { done(wish.result); };
          deal.onerror = deal.onabort = function () { fail(deal.error); };
        // A store that is full or was closed under us must not hold up what can be sent.
        }).catch(function () { return fallback(memory[place]); });
      });
    }

    this.put = function (place, record) {
      return run(place, "readwrite", function (store) { return store.put(record); },
        function (map) { map.set(record.id, record); });
    };

    this.drop = function (place, id) {
      return run(place, "readwrite", function (store) { return store.delete(id); },
        function (map) { map.delete(id); });
    };

    this.all = function (place) {
      return run(place, "readonly", function (store) { return store.getAll(); },
        function (map) { return Array.from(map.values()); });
    };
  };

  /* The server's answer, or null where there is none in time. */
  J.ask = async function (url, options) {
    const stop = new AbortController();
    const limit = setTimeout(function () { stop.abort(); }, 20000);
    try {
      return await fetch(url, Object.assign({
        credentials: "same-origin", redirect: "manual", cache: "no-store", signal: stop.signal,
      }, options));
    } catch (problem) {
      return null;
    } finally {
      clearTimeout(limit);
    }
  };

  /* {ok}, {away}, {signedOut} or {refused} of an answer. */
  J.read = async function (answer) {
    if (!answer || answer.status >= 500 || answer.status === 429) return { away: true };
    if (answer.type === "opaqueredirect") return { signedOut: true };
    const body = await answer.json().catch(function () { return {}; });
    if (answer.ok) return { ok: body };
    if (body.code === "other_person") return { signedOut: true };
    return { refused: { status: answer.status, code: body.code || "", words: body.detail || String(answer.status) } };
  };

  /* Time left or past, by the server's clock at the scenario's rate. */
  J.countdown = function (root, nodes) {
    const rate = Number(root.dataset.rate) || 1;
    // A kept copy of the page has been lying for a while.
    const lay = root.dataset.copy ? Math.max(0, Date.now() - Date.parse(root.dataset.copy)) : 0;
    let base = Date.parse(root.dataset.now) + lay * rate;
    let since = performance.now();
    const now = function () { return base + (performance.now() - since) * rate; };
    const show = function () {
      nodes.forEach(function (node) {
        const due = Date.parse(node.dataset.due);
        const left = due - now();
        const minutes = left > 0 ? Math.ceil(left / 60000) : Math.floor(-left / 60000);
        const span = J.fill(minutes < 60 ? root.dataset.textMin : root.dataset.textHours, {
          n: minutes < 60 ? minutes : minutes % 60, hours: Math.floor(minutes / 60),
        });
        // Asia/Shanghai is always eight hours ahead; midnight is 24:00 of the day before.
        const at = new Date(due + 8 * 3600000).toISOString().slice(11, 16);
        node.textContent = J.fill(left >= 0 ? root.dataset.textLeft : root.dataset.textPast,
          { span: span, due: at === "00:00" ? "24:00" : at });
        node.classList.toggle("left-urgent", left < 600000);
      });
    };
    if (nodes.length) { show(); setInterval(show, 5000); }
    // While a device sleeps its clock may stand still: what the server says puts it right.
    now.sync = function (moment) { base = Date.parse(moment); since = performance.now(); };
    return now;
  };

  /* The helper that keeps the page for a lost network; it needs a secure address. */
  J.helper = function (root) {
    if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
    const first = !navigator.serviceWorker.controller;
    const scope = root.dataset.worker.replace(/[^/]*$/, "");
    navigator.serviceWorker.register(root.dataset.worker, { scope: scope }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (ready) {
      if (!first || !ready.active) return;
      // This very page came before the helper did: it fetches it once for itself.
      const files = Array.from(document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=icon]"),
        function (node) { return node.href || node.src; });
      ready.active.postMessage({ keep: window.location.pathname, files: files });
    }).catch(function () { /* the page works without it */ });
  };

  /* One row of a sheet; a program that opens it never takes a text for a formula. */
  J.csvRow = function (texts) {
    return texts.map(function (text) {
      const said = String(text);
      const safe = /^\s*[=+\-@\t\r＝＋－＠]/.test(said) ? "'" + said : said;
      return '"' + safe.replace(/"/g, '""') + '"';
    }).join(",");
  };

  /* Give the person rows as a sheet, named after the page. */
  J.saveSheet = function (name, lines) {
    const file = new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name.replace(/[^\p{L}\p{N}-]+/gu, "-") + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  };

  J.copyNotice = function (root) {
    const node = document.querySelector("[data-copy-notice]");
    if (!root.dataset.copy || !node) return;
    const at = new Date(Date.parse(root.dataset.now) + 8 * 3600000);
    node.textContent = J.fill(root.dataset.textCopy, { time: at.toISOString().slice(11, 16) });
    node.hidden = false;
  };
})();
