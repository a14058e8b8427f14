/* One's own page on duty: a button shows its effect at once and goes through the outbox; the page is
   fetched anew once the server has it, and now and then. What somebody has open stays open. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const root = document.getElementById("field");
  if (!root) return;
  const words = root.dataset;
  const EVERY = 20000;
  const AT_IT = 60000;
  // What a card becomes by a step; a visit and an order become what the step is called.
  const BECOMES = { depart: "en_route", finish: "done", broken: "cancelled", reached: "reached", arrived: "present", left: "done" };
  const one = function (name) { return root.querySelector("[data-" + name + "]"); };
  const rate = Number(words.rate) || 1;
  let fetched = "";
  let touched = 0;
  let lost = null;

  // The server's time, carried on by the phone's own clock, which goes on while the phone sleeps. A
  // kept copy of the page has been lying since it was seen.
  let base = Date.parse(words.now);
  let seen = words.copy ? Date.parse(words.copy) : Date.now();
  const stamp = function () { return new Date(base + Math.max(0, Date.now() - seen) * rate).toISOString(); };

  // When the page was as it is shown, in the field's time.
  const clock = function () { return new Date(base + 8 * 3600000).toISOString().slice(11, 16); };

  const own = function () { return document.getElementById("own"); };
  const cardOf = function (node) { return node.closest("[data-subject]"); };

  /* Show a card as it is in a state: what belongs to inner cards is theirs. */
  const show = function (card, state, pending) {
    card.dataset.shown = state;
    card.querySelectorAll("[data-when]").forEach(function (node) {
      if (cardOf(node) === card) node.hidden = node.dataset.when.split(" ").indexOf(state) < 0;
    });
    card.querySelectorAll("[data-pending]").forEach(function (node) {
      if (cardOf(node) === card) node.hidden = !pending;
    });
  };

  const find = function (subject, id, page) {
    return (page || own()).querySelector('[data-subject="' + subject + '"][data-id="' + id + '"]');
  };

  /* The page as the server knows it, and on top of it what waits here. */
  const apply = function () {
    own().querySelectorAll("[data-subject]").forEach(function (card) { show(card, card.dataset.state, false); });
    queue.waiting().forEach(function (step) {
      const card = find(step.subject, step.object);
      if (!card) return;
      show(card, BECOMES[step.act] || step.act, true);
      const trip = step.subject === "stop" && card.parentElement.closest("[data-subject]");
      if (trip && trip.dataset.shown === "planned") show(trip, "en_route", true);
    });
  };

  const item = function (record) {
    const line = document.createElement("li");
    const text = document.createElement("span");
    const said = [record.place, record.label, record.reason, record.counted].filter(Boolean).join(" · ");
    text.textContent = said + " · " + (record.words || words.textWaiting);
    line.append(text);
    if (record.status !== "waiting") {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-small";
      button.textContent = words.textDrop;
      button.addEventListener("click", function () { queue.drop(record); });
      line.append(button);
    }
    return line;
  };

  const draw = function () {
    apply();
    const waiting = queue.waiting();
    const kept = queue.kept();
    const old = waiting.length ? null : lost;
    const out = queue.signedOut || Boolean(old && old.signedOut);
    const stuck = waiting.length > 0 && (queue.away || queue.signedOut || !navigator.onLine);
    const box = one("queue");
    const parts = [];
    if (kept.length) parts.push(J.fill(words.textKept, { n: kept.length }));
    if (stuck) parts.push(J.fill(queue.signedOut ? words.textSignedOut : words.textQueue, { n: waiting.length }));
    // A kept copy says by itself that there is no network.
    if (old && (out || !words.copy)) parts.push(J.fill(out ? words.textOut : words.textCopy, { time: clock() }));
    box.hidden = !parts.length;
    box.classList.toggle("notice-crit", kept.length > 0);
    box.classList.toggle("notice-stale", !kept.length);
    one("queue-sign-in").hidden = !out;
    one("queue-send").hidden = !stuck || out;
    one("queue-file").hidden = !queue.records.length;
    if (one("queue-word").textContent !== parts.join(" ")) one("queue-word").textContent = parts.join(" ");
    // Drawn anew only when something changed, so that nobody's button is taken from under them.
    const shown = kept.concat(stuck ? waiting : []);
    const drawn = shown.map(function (r) { return r.id + r.status; }).join(" ");
    if (one("queue-list").dataset.drawn !== drawn) {
      one("queue-list").replaceChildren.apply(one("queue-list"), shown.map(item));
      one("queue-list").dataset.drawn = drawn;
    }
  };

  /* Somebody is at a form: it is open or something is typed, and it was touched just now. */
  const engaged = function () {
    if (Date.now() - touched > AT_IT) return false;
    if (own().querySelector("details[open] form")) return true;
    return Array.from(own().querySelectorAll("input:not([type=hidden])")).some(function (box) {
      return box === document.activeElement || box.checked !== box.defaultChecked || box.value !== box.defaultValue;
    });
  };

  /* While somebody is at a form, only the states follow; the rest comes with a later renewal. */
  const follow = function (fresh) {
    own().querySelectorAll("[data-subject]").forEach(function (card) {
      const now = find(card.dataset.subject, card.dataset.id, fresh);
      if (now) card.dataset.state = now.dataset.state;
      else card.hidden = !card.contains(document.activeElement) && !card.querySelector("details[open] form");
    });
  };

  const replace = function (fresh) {
    const focused = own().contains(document.activeElement);
    const read = own().querySelector(".own-over[open]") && fresh.querySelector(".own-over");
    if (read) read.open = true;
    own().replaceWith(fresh);
    if (focused) document.getElementById("main").focus({ preventScroll: true });
  };

  /* Why an answer is not this person's page; null where it is. */
  const gone = function (answer) {
    if (!answer || answer.status >= 500 || answer.status === 429) return { away: true };
    return answer.ok && answer.headers.get("X-Jinjian-Person") === words.person ? null : { signedOut: true };
  };

  /* Fetch the page's inner part: {ok}, or {away} or {signedOut}, which the box on top then says. */
  const renew = async function () {
    const answer = await J.ask(window.location.pathname, { headers: { "HX-Request": "true", "X-Requested-With": "field" } });
    lost = gone(answer);
    const text = lost ? "" : await answer.text().catch(function () { return ""; });
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("own");
    if (!lost && !fresh) lost = { away: true };
    if (lost) { draw(); return lost; }
    const token = fresh.querySelector("[name=csrfmiddlewaretoken]").value;
    base = Date.parse(fresh.dataset.asOf);
    seen = Date.now();
    // Only the keys of the buttons and the time differ: then the old one stays as it is.
    const plain = text.replace(/name="(key|csrfmiddlewaretoken)" value="[^"]*"/g, "").replace(/data-as-of="[^"]*"/g, "");
    if (plain !== fetched) keepCopy();
    if (engaged()) {
      follow(fresh);
    } else {
      if (plain !== fetched || own().querySelector("[data-error-summary]")) replace(fresh);
      fetched = plain;
    }
    // Whoever signed in again has another token, also where the page did not change.
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach(function (field) { field.value = token; });
    root.dataset.copy = "";
    one("copy-notice").hidden = true;
    draw();
    return { ok: true };
  };

  /* The helper's copy for a lost network is as new as what is shown. */
  const keepCopy = function () {
    const helper = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (helper) helper.postMessage({ keep: window.location.pathname });
  };

  const queue = new J.FieldQueue(root, {
    changed: draw,
    token: function () {
      const field = own().querySelector("[name=csrfmiddlewaretoken]");
      return field ? field.value : "";
    },
    renew: renew,
    sent: renew,
  });

  root.addEventListener("submit", function (event) {
    const form = event.target.closest("form[data-step]");
    if (!form) return;
    event.preventDefault();
    if (!form.reportValidity()) return;
    const said = new FormData(form);
    const text = function (name) { return String(said.get(name) || "").trim(); };
    const choice = form.querySelector("input[type=radio]:checked");
    const reason = [text("choice"), text("reason")].filter(Boolean).join(": ");
    const missing = form.querySelector("input[name=choice]");
    if (missing && !reason) {
      form.querySelector("input[name=reason]").focus();
      form.classList.add("own-missing");
      return;
    }
    const label = choice && choice.name === "act" ? choice.parentElement.textContent.trim() : form.dataset.label;
    queue.add({
      subject: text("subject"), object: text("id"), act: text("act"), reason: reason, counted: text("counted"),
      place: cardOf(form).dataset.place, label: label, at: stamp(),
    });
    // Said and done: nothing of it is open any more.
    const because = form.closest("details");
    form.reset();
    form.classList.remove("own-missing");
    if (because) because.open = false;
  });
  ["pointerdown", "keydown", "input"].forEach(function (kind) {
    root.addEventListener(kind, function () { touched = Date.now(); }, true);
  });

  one("queue-send").addEventListener("click", function () { queue.flush(); });
  one("queue-file").addEventListener("click", function () {
    const rows = queue.records.map(function (r) {
      return J.csvRow([r.place, r.label, r.reason, r.counted, r.at, r.words || words.textWaiting]);
    });
    J.saveSheet(words.name, [words.textFile].concat(rows));
  });
  window.addEventListener("offline", draw);
  window.addEventListener("online", function () {
    draw();
    if (lost && !queue.waiting().length) renew();
  });

  const busy = function () { return document.hidden || queue.waiting().length > 0 || engaged(); };
  setInterval(function () { if (!busy()) renew(); }, EVERY);

  J.copyNotice(root);
  J.helper(root);
  queue.load().then(function () {
    draw();
    root.dataset.ready = "";
    queue.flush();
  });
})();
