/* The outbox of one's own page on duty: steps go to the server in the order in which they were
   taken, each under a key made here, so that sending it again is the same step again. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const store = new J.Store("jinjian-field", ["steps"]);
  const LARGEST = 50;
  const LONGEST_WAIT = 30000;

  /* `hooks`: changed() after anything moved; sent(outcomes, now) after the server has answered;
     token() the page's newest token against forgery; renew() fetches the page anew: {ok}, {away}
     or {signedOut}. */
  J.FieldQueue = function (root, hooks) {
    const person = root.dataset.person;
    let running = null;
    let more = false;
    let wait = 1000;
    let timer = 0;
    const queue = this;

    queue.records = [];
    queue.away = false;
    queue.signedOut = false;

    queue.load = function () {
      return store.all("steps").then(function (found) {
        queue.records = found.filter(function (r) { return r.person === person; })
          .sort(function (a, b) { return a.seq - b.seq || (a.id < b.id ? -1 : 1); });
      });
    };
    queue.waiting = function () {
      return queue.records.filter(function (r) { return r.status === "waiting"; });
    };
    queue.kept = function () {
      return queue.records.filter(function (r) { return r.status !== "waiting"; });
    };
    const forget = function (record) {
      queue.records = queue.records.filter(function (r) { return r !== record; });
      return store.drop("steps", record.id);
    };
    queue.drop = function (record) { return forget(record).then(hooks.changed); };

    /* `step`: subject, object, act, reason, counted, place, label, and when it was taken. */
    queue.add = function (step) {
      const last = queue.records[queue.records.length - 1];
      const record = Object.assign({
        id: J.uuid(), seq: Math.max(Date.now(), last ? last.seq + 1 : 0), person: person,
        status: "waiting", words: "",
      }, step);
      queue.records.push(record);
      hooks.changed();
      return store.put("steps", record).then(queue.flush);
    };

    const keep = function (record, words) {
      record.status = "kept";
      record.words = words;
      return store.put("steps", record);
    };

    const note = function (found) {
      queue.away = Boolean(found.away);
      queue.signedOut = Boolean(found.signedOut);
      clearTimeout(timer);
      if (found.away) {
        timer = setTimeout(queue.flush, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      } else {
        wait = 1000;
      }
      hooks.changed();
      return !queue.away && !queue.signedOut;
    };

    const post = async function (batch, again) {
      const found = await J.read(await J.ask(root.dataset.urlSteps, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": hooks.token(), "X-Jinjian-Person": person },
        body: JSON.stringify({ steps: batch.map(function (r) {
          return { key: r.id, subject: r.subject, id: r.object, act: r.act, reason: r.reason,
            counted: r.counted, device_at: r.at };
        }) }),
      }));
      // A page that was kept for long holds an old token: a fresh one comes with the page. Where it
      // does not come, nobody has refused these steps: another is signed in, or the network is gone.
      if (found.refused && found.refused.status === 403 && !again) {
        const page = await hooks.renew();
        return page.ok ? post(batch, true) : page;
      }
      return found;
    };

    const send = async function (batch) {
      const found = await post(batch, false);
      if (!note(found)) return false;
      if (found.refused) {
        await Promise.all(batch.map(function (r) { return keep(r, found.refused.words); }));
        hooks.changed();
        return true;
      }
      await Promise.all(found.ok.outcomes.map(function (outcome) {
        const record = batch.find(function (r) { return r.id === outcome.key; });
        if (!record) return null;
        const taken = outcome.verdict === "created" || outcome.verdict === "duplicate";
        return taken ? forget(record) : keep(record, outcome.words);
      }));
      await hooks.sent(found.ok);
      hooks.changed();
      return true;
    };

    const work = async function () {
      do {
        more = false;
        let going = true;
        while (going && queue.waiting().length) going = await send(queue.waiting().slice(0, LARGEST));
      } while (more && !queue.away && !queue.signedOut);
    };

    queue.flush = function () {
      if (running) { more = true; return running; }
      running = work().finally(function () { running = null; hooks.changed(); });
      return running;
    };

    window.addEventListener("online", function () { wait = 1000; queue.flush(); });
    document.addEventListener("visibilitychange", function () { if (!document.hidden) queue.flush(); });
  };
})();
