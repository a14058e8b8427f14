/* The pulse: asks the server every two seconds whether anything changed, and says how old the
   picture is. Never two questions at once; quiet while the page is hidden; slower after errors.
   Needs htmx, which swaps the changed panels in; no trigger filters, since they would need eval. */
(function () {
  "use strict";
  const root = document.getElementById("pulse");
  if (!root) return;

  const EVERY = Number(root.dataset.every) || 2000;
  const SLOWEST = 60000;
  const RENEW_AFTER = 60000;
  const OLD_AFTER = 15000; // the picture says its age in minutes after a minute, and warns here
  const KEPT = ["league", "communities", "points", "exceptions", "moves", "map_list"]; // no row moves under a pointer
  const STOPPED_AFTER = 20000; // silence of the recount, in real time
  const live = document.querySelector("[data-live]");
  const message = document.querySelector("[data-pulse-message]");
  const text = root.dataset;

  let ticket = text.ticket;
  let ticketSince = Date.now();
  let tag = text.tag;
  let shown = text.panels;
  let build = text.build;
  let lastGood = Date.now();
  let failures = 0;
  let inFlight = false;
  let ended = false;
  let timer = 0;
  let heartbeat = null; // {age: ms at receipt, got: Date.now()}
  const face = document.querySelector("[data-clock]");
  let round = { // the round's clock, which all times on the page follow
    now: Date.parse(face ? face.dataset.now : "") || Date.now(),
    rate: Number(face && face.dataset.rate) || 1,
    got: Date.now(),
  };
  let skipped = new Set();
  let before = new Map(); // figures as they were, by panel and figure
  let opened = new Map(); // panels whose table stands open

  function wait() {
    clearTimeout(timer);
    if (ended) return;
    const base = Math.min(EVERY * Math.pow(2, failures), SLOWEST);
    timer = setTimeout(ask, base * (0.8 + Math.random() * 0.4));
  }

  function ask() {
    if (ended) return;
    if (document.hidden || inFlight) return wait();
    if (Date.now() - ticketSince > RENEW_AFTER) return renew();
    inFlight = true;
    window.htmx.trigger(root, "jinjian:pulse");
  }

  // A new ticket: the slow path, where the server looks at session, posting or link again.
  function renew() {
    inFlight = true;
    fetch(text.renew, { headers: { "X-Jinjian-Ticket": ticket }, cache: "no-store", redirect: "manual" })
      .then(function (answer) {
        inFlight = false;
        const fresh = answer.headers.get("X-Jinjian-Ticket");
        if (answer.ok && fresh) {
          ticket = fresh;
          ticketSince = Date.now();
          noticeBuild(answer.headers.get("X-Jinjian-Build"));
          return ask();
        }
        if ([401, 403, 404, 410].includes(answer.status)) return end();
        fail();
      })
      .catch(function () { inFlight = false; fail(); });
  }

  function noticeBuild(now) {
    if (!now || now === build) return;
    build = now;
    const event = new CustomEvent("jinjian:new-build", { cancelable: true });
    if (document.dispatchEvent(event)) say(text.textNew, location.href, text.textReload);
  }

  function end() {
    ended = true;
    clearTimeout(timer);
    document.body.classList.add("is-stopped");
    setState("ended", live && live.dataset.textEnded);
    say(text.textEnded, text.signIn, text.textSignIn);
    document.dispatchEvent(new CustomEvent("jinjian:ended"));
  }

  function fail() {
    failures += 1;
    tick();
    wait();
  }

  root.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-Jinjian-Ticket"] = ticket;
    event.detail.headers["X-Jinjian-Panels"] = shown;
    event.detail.parameters.tag = tag;
  });

  root.addEventListener("htmx:beforeRequest", function () {
    skipped = new Set();
    before = new Map();
    opened = new Map();
  });

  root.addEventListener("htmx:afterRequest", function (event) {
    inFlight = false;
    const xhr = event.detail.xhr;
    if (xhr.status === 200 || xhr.status === 204) {
      failures = 0;
      lastGood = Date.now();
      readHeaders(xhr);
      tick();
      return wait();
    }
    if (xhr.status === 401) {
      ticketSince = 0; // expired while the machine slept: ask with the session
      return failures < 1 ? (failures += 1, renew()) : fail();
    }
    fail();
  });

  function readHeaders(xhr) {
    const panels = xhr.getResponseHeader("X-Jinjian-Panels");
    // A panel that was held back is asked for again: its hash is forgotten, and the tag with it.
    if (panels) {
      shown = panels.split(",").filter(function (part) { return !skipped.has(part.split(":")[0]); }).join(",");
    }
    tag = skipped.size ? "" : xhr.getResponseHeader("X-Jinjian-Tag") || tag;
    const beat = Date.parse(xhr.getResponseHeader("X-Jinjian-Heartbeat") || "");
    const served = Date.parse(xhr.getResponseHeader("Date") || "");
    const silence = (Number.isNaN(served) ? Date.now() : served) - beat; // never beaten: NaN
    heartbeat = { age: Number.isNaN(silence) ? Infinity : Math.max(0, silence), got: Date.now() };
    const clock = (xhr.getResponseHeader("X-Jinjian-Clock") || "").split(";rate=");
    const now = Date.parse(clock[0]);
    if (Number.isNaN(now)) return;
    round = { now: now, rate: Number(clock[1]) || 1, got: Date.now() };
    document.dispatchEvent(new CustomEvent("jinjian:clock", { detail: { now: now } }));
  }

  // --- swapping ---------------------------------------------------------------------------

  document.body.addEventListener("htmx:oobBeforeSwap", function (event) {
    const target = event.detail.target;
    const name = target && target.dataset ? target.dataset.panel : "";
    if (!name) return;
    const held = target.contains(document.activeElement) || target.matches(":hover");
    if (held && KEPT.includes(name)) {
      skipped.add(name);
      event.detail.shouldSwap = false;
      freshen(target, event.detail.fragment); // a list without rows stays as it is
      return;
    }
    remember(target);
  });

  // No row moves under a pointer, but what stands in the rows goes on.
  function freshen(target, fragment) {
    remember(target);
    fragment.querySelectorAll("[data-row]").forEach(function (fresh) {
      const row = target.querySelector('[data-row="' + window.CSS.escape(fresh.dataset.row) + '"]');
      if (!row || row.innerHTML === fresh.innerHTML) return;
      row.className = fresh.className;
      row.innerHTML = fresh.innerHTML;
    });
    glowChanged(target);
  }

  function id(node) {
    return [node.dataset.figure, node.dataset.level, node.dataset.key].join("|");
  }

  function remember(target) {
    target.querySelectorAll("[data-figure]").forEach(function (node) {
      before.set(target.id + id(node), node.dataset.value);
    });
    const details = target.querySelector("details[open]");
    if (details) {
      const scroll = details.querySelector(".scroll");
      opened.set(target.id, {
        top: scroll ? scroll.scrollTop : 0,
        focus: details.contains(document.activeElement),
      });
    }
  }

  document.body.addEventListener("htmx:oobAfterSwap", function (event) {
    const panel = event.detail.target && document.getElementById(event.detail.target.id);
    if (!panel) return;
    glowChanged(panel);
    const was = opened.get(panel.id);
    const details = panel.querySelector("details");
    if (was && details) {
      details.open = true;
      const scroll = details.querySelector(".scroll");
      if (scroll) scroll.scrollTop = was.top;
      if (was.focus) details.querySelector("summary").focus({ preventScroll: true });
    }
  });

  function glowChanged(panel) {
    panel.querySelectorAll("[data-figure]").forEach(function (node) {
      const old = before.get(panel.id + id(node));
      if (old !== undefined && old !== node.dataset.value) glow(node);
    });
  }

  function glow(node) {
    node.classList.remove("glow");
    void node.offsetWidth; // starts the animation anew
    node.classList.add("glow");
    setTimeout(function () { node.classList.remove("glow"); }, 2100);
  }

  // --- how old the picture is ---------------------------------------------------------------

  function stoppedAt() {
    return heartbeat.age === Infinity ? "—" : clockOf(heartbeat.got - heartbeat.age);
  }

  // What the round's clock showed at a real instant; Asia/Shanghai is always eight hours ahead.
  function clockOf(instant) {
    const at = new Date(round.now + (instant - round.got) * round.rate + 8 * 3600 * 1000);
    return String(at.getUTCHours()).padStart(2, "0") + ":" + String(at.getUTCMinutes()).padStart(2, "0");
  }

  function setState(state, words) {
    document.body.dataset.pulse = state;
    if (!live) return;
    live.dataset.state = state;
    const word = live.querySelector("[data-live-word]");
    if (word && word.textContent !== words) word.textContent = words;
  }

  function say(words, href, label) {
    if (!message) return;
    message.textContent = "";
    const span = document.createElement("span");
    span.className = "grow";
    span.textContent = words;
    message.appendChild(span);
    if (href) {
      const link = document.createElement("a");
      link.className = "btn btn-quiet btn-small";
      link.href = href;
      link.textContent = label;
      message.appendChild(link);
    }
    message.hidden = false;
  }

  function hush() {
    if (message && !ended) message.hidden = true;
  }

  function tick() {
    if (ended || !live) return;
    const age = Date.now() - lastGood;
    const silence = heartbeat ? heartbeat.age + Date.now() - heartbeat.got : 0;
    if (failures > 1 && age > OLD_AFTER) {
      setState("offline", live.dataset.textOffline.replace("{time}", clockOf(lastGood)));
      say(text.textOffline.replace("{time}", clockOf(lastGood)));
    } else if (silence > STOPPED_AFTER + EVERY * 2) {
      setState("stopped", live.dataset.textStopped.replace("{time}", stoppedAt()));
      say(text.textStopped.replace("{time}", stoppedAt()));
    } else if (age > 60000) {
      setState("old", live.dataset.textOld.replace("{n}", String(Math.floor(age / 60000))));
    } else {
      setState("live", live.dataset.textLive.replace("{n}", String(Math.floor(age / 1000))));
      if (failures === 0) hush();
    }
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && !ended) { clearTimeout(timer); ask(); }
  });
  window.addEventListener("online", function () {
    if (!ended) { failures = 0; clearTimeout(timer); ask(); }
  });

  setInterval(tick, 1000);
  tick();
  wait();
})();
