/* What was typed, kept in this browser until the server has it. A record is one change of one cell
   or one submission; its id is made here, so that sending it twice does it once. Where a browser
   keeps nothing, the page's memory does. */
(function () {
  "use strict";

  const NAME = "jinjian-daily";
  const memory = { records: new Map(), known: new Map() };
  let opening = null;

  function open() {
    if (!opening) {
      opening = new Promise(function (done) {
        if (!window.indexedDB) { done(null); return; }
        let wish;
        try { wish = window.indexedDB.open(NAME, 1); } catch (problem) { done(null); return; }
        wish.onupgradeneeded = function () {
          wish.result.createObjectStore("records", { keyPath: "id" });
          wish.result.createObjectStore("known", { keyPath: "id" });
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

  function put(place, record) {
    return run(place, "readwrite", function (store) { return store.put(record); },
      function (map) { map.set(record.id, record); });
  }

  function drop(place, id) {
    return run(place, "readwrite", function (store) { return store.delete(id); },
      function (map) { map.delete(id); });
  }

  function all(place) {
    return run(place, "readonly", function (store) { return store.getAll(); },
      function (map) { return Array.from(map.values()); });
  }

  function uuid() {
    if (window.crypto.randomUUID) return window.crypto.randomUUID();
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  window.Jinjian = window.Jinjian || {};
  window.Jinjian.uuid = uuid;
  window.Jinjian.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return name in values ? String(values[name]) : whole;
    });
  };
  window.Jinjian.store = {
    put: function (record) { return put("records", record); },
    drop: function (id) { return drop("records", id); },
    /* Records of one person, of one report or of all, in the order in which they were typed. */
    of: function (person, report) {
      return all("records").then(function (found) {
        return found.filter(function (record) {
          return record.person === person && (!report || record.report === report);
        }).sort(function (a, b) { return a.seq - b.seq || (a.id < b.id ? -1 : 1); });
      });
    },
    /* What the server was last known to hold beyond what a kept copy of the page shows. */
    keepKnown: function (known) { return put("known", known); },
    dropKnown: function (id) { return drop("known", id); },
    known: function (id) {
      return all("known").then(function (found) {
        return found.find(function (known) { return known.id === id; }) || null;
      });
    },
  };

  /* Time left or past, by the server's clock at the scenario's rate. */
  window.Jinjian.countdown = function (root, nodes) {
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
        const span = window.Jinjian.fill(minutes < 60 ? root.dataset.textMin : root.dataset.textHours, {
          n: minutes < 60 ? minutes : minutes % 60, hours: Math.floor(minutes / 60),
        });
        // Asia/Shanghai is always eight hours ahead; midnight is 24:00 of the day before.
        const at = new Date(due + 8 * 3600000).toISOString().slice(11, 16);
        node.textContent = window.Jinjian.fill(left >= 0 ? root.dataset.textLeft : root.dataset.textPast,
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
  window.Jinjian.helper = function (root) {
    if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
    const first = !navigator.serviceWorker.controller;
    navigator.serviceWorker.register(root.dataset.worker, { scope: "/daily/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (ready) {
      if (!first || !ready.active) return;
      // This very page came before the helper did: it fetches it once for itself.
      const files = Array.from(document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=icon]"),
        function (node) { return node.href || node.src; });
      ready.active.postMessage({ keep: window.location.pathname, files: files });
    }).catch(function () { /* the page works without it */ });
  };

  window.Jinjian.copyNotice = function (root) {
    const node = document.querySelector("[data-copy-notice]");
    if (!root.dataset.copy || !node) return;
    const at = new Date(Date.parse(root.dataset.now) + 8 * 3600000);
    node.textContent = window.Jinjian.fill(root.dataset.textCopy, { time: at.toISOString().slice(11, 16) });
    node.hidden = false;
  };
})();
