/* One's own page on duty: a button shows its effect at once and goes through the outbox; the page is
   fetched anew once the server has it, and now and then while nothing is being typed. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const root = document.getElementById("field");
  if (!root) return;
  const words = root.dataset;
  const EVERY = 20000;
  // What a card becomes by a step; a visit and an order become what the step is called.
  const BECOMES = { depart: "en_route", finish: "done", broken: "cancelled", reached: "reached", arrived: "present", left: "done" };
  const one = function (name) { return root.querySelector("[data-" + name + "]"); };
  const rate = Number(words.rate) || 1;
  let fetched = "";

  // The server's time, carried on by the phone's own clock, which goes on while the phone sleeps. A
  // kept copy of the page has been lying since it was seen.
  let base = Date.parse(words.now);
  let seen = words.copy ? Date.parse(words.copy) : Date.now();
  const stamp = function () { return new Date(base + Math.max(0, Date.now() - seen) * rate).toISOString(); };

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

  const find = function (subject, id) {
    return own().querySelector('[data-subject="' + subject + '"][data-id="' + id + '"]');
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
    const stuck = waiting.length > 0 && (queue.away || queue.signedOut || !navigator.onLine);
    const box = one("queue");
    box.hidden = !stuck && !kept.length;
    box.classList.toggle("notice-crit", kept.length > 0);
    box.classList.toggle("notice-stale", !kept.length);
    one("queue-sign-in").hidden = !queue.signedOut;
    one("queue-send").hidden = !stuck || queue.signedOut;
    const parts = [];
    if (kept.length) parts.push(J.fill(words.textKept, { n: kept.length }));
    if (stuck) parts.push(J.fill(queue.signedOut ? words.textSignedOut : words.textQueue, { n: waiting.length }));
    if (one("queue-word").textContent !== parts.join(" ")) one("queue-word").textContent = parts.join(" ");
    // Drawn anew only when something changed, so that nobody's button is taken from under them.
    const shown = kept.concat(stuck ? waiting : []);
    const drawn = shown.map(function (r) { return r.id + r.status; }).join(" ");
    if (one("queue-list").dataset.drawn !== drawn) {
      one("queue-list").replaceChildren.apply(one("queue-list"), shown.map(item));
      one("queue-list").dataset.drawn = drawn;
    }
  };

  /* Fetch the page's inner part; false where there is no network or nobody is signed in. */
  const renew = async function () {
    const answer = await J.ask(window.location.pathname, { headers: { "HX-Request": "true", "X-Requested-With": "field" } });
    if (!answer || !answer.ok || answer.headers.get("X-Jinjian-Person") !== words.person) return false;
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("own");
    if (!fresh) return false;
    // Only the keys of the buttons and the time differ: then the old one stays as it is.
    const plain = text.replace(/name="(key|csrfmiddlewaretoken)" value="[^"]*"/g, "").replace(/data-as-of="[^"]*"/g, "");
    if (plain !== fetched || own().querySelector("[data-error-summary]")) {
      const focused = document.activeElement && own().contains(document.activeElement);
      own().replaceWith(fresh);
      if (focused) document.getElementById("main").focus({ preventScroll: true });
    }
    fetched = plain;
    base = Date.parse(fresh.dataset.asOf);
    seen = Date.now();
    root.dataset.copy = "";
    one("copy-notice").hidden = true;
    draw();
    return true;
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
  });

  one("queue-send").addEventListener("click", function () { queue.flush(); });
  one("queue-file").addEventListener("click", function () {
    const rows = queue.records.map(function (r) {
      return J.csvRow([r.place, r.label, r.reason, r.counted, r.at, r.words || words.textWaiting]);
    });
    J.saveSheet(words.name, [words.textFile].concat(rows));
  });
  window.addEventListener("offline", draw);
  window.addEventListener("online", draw);

  const busy = function () {
    const active = document.activeElement;
    return document.hidden || queue.waiting().length > 0 || own().querySelector("details[open]") !== null ||
      (active && own().contains(active) && active.matches("input"));
  };
  setInterval(function () { if (!busy()) renew(); }, EVERY);

  J.copyNotice(root);
  J.helper(root);
  queue.load().then(function () {
    draw();
    root.dataset.ready = "";
    queue.flush();
  });
})();
