/* A large file goes in slices, one by one: each is kept by the server, so that a broken line or a
   closed page costs one slice at most. Without this script the form sends the whole file at once. */
(function () {
  "use strict";

  const LONGEST_WAIT = 30000;

  function field(form, name) {
    const found = form.elements[name];
    return found ? found.value : "";
  }

  function post(form, url, body) {
    return fetch(url, {
      method: "POST",
      body: body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": field(form, "csrfmiddlewaretoken") },
    });
  }

  function Fault(words) { this.words = words; }

  // Refusals end it; a lost connection or a busy server is tried again, ever more slowly.
  async function insist(form, url, make, waiting) {
    for (let wait = 1000; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      try {
        const answer = await post(form, url, make());
        if (answer.redirected) { window.location.assign(answer.url); return null; }
        if (answer.ok) { waiting(false); return answer; }
        if (answer.status < 500 && answer.status !== 429) {
          const said = await answer.json().catch(function () { return {}; });
          throw new Fault(said.error || String(answer.status));
        }
      } catch (problem) {
        if (problem instanceof Fault) throw problem;
      }
      waiting(true);
      await new Promise(function (go) { setTimeout(go, wait * (0.75 + Math.random() / 2)); });
    }
  }

  function begin(form, file) {
    const said = new FormData();
    ["run_id", "place", "sender"].forEach(function (name) { said.append(name, field(form, name)); });
    said.append("name", file.name);
    said.append("size", String(file.size));
    return said;
  }

  async function send(form, file) {
    const box = form.querySelector("[data-sending]");
    const bar = box.querySelector("progress");
    const word = box.querySelector("[data-sending-word]");
    const button = form.querySelector("button[type=submit]");
    const fault = form.querySelector("[data-sending-fault]");
    const mega = function (bytes) { return (bytes / 1e6).toFixed(1); };
    const show = function (done) {
      bar.max = file.size;
      bar.value = done;
      word.textContent = box.dataset.textSending
        .replace("{done}", mega(done)).replace("{total}", mega(file.size));
    };
    const waiting = function (yes) { if (yes) word.textContent = box.dataset.textWaiting; };
    box.hidden = false;
    fault.hidden = true;
    button.disabled = true;
    try {
      const first = await insist(form, form.dataset.begin, function () { return begin(form, file); }, waiting);
      if (!first) return;
      const way = await first.json();
      if (!way.slices) { window.location.assign(way.page); return; }
      const here = new Set(way.here);
      // The first slice always goes: it shows whether this is the file that was begun.
      here.delete(0);
      for (let number = 0, start = 0; start < file.size; number += 1, start += way.bytes) {
        show(start);
        if (here.has(number)) continue;
        const slice = file.slice(start, start + way.bytes);
        const url = way.slices + number + "/";
        if (!(await insist(form, url, function () { return slice; }, waiting))) return;
      }
      show(file.size);
      word.textContent = box.dataset.textDone;
      const last = await insist(form, way.finish, function () { return new FormData(); }, waiting);
      if (last) window.location.assign((await last.json()).page);
    } catch (problem) {
      fault.textContent = problem instanceof Fault ? problem.words : String(problem);
      fault.hidden = false;
      box.hidden = true;
      button.disabled = false;
    }
  }

  document.querySelectorAll("[data-upload] [data-only-without-js]").forEach(function (node) {
    node.hidden = true;
  });

  // The browser's back button brings a form whose upload is over: a fresh one has a run of its own.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && document.querySelector("[data-upload]")) window.location.reload();
  });

  document.addEventListener("submit", function (event) {
    const form = event.target.closest("[data-upload]");
    if (!form || !window.fetch || !window.Blob) return;
    const input = form.querySelector("input[type=file]");
    const file = input && input.files[0];
    // A workbook is read as a whole, by the server.
    if (!file || /\.xlsx$/i.test(file.name)) return;
    event.preventDefault();
    send(form, file);
  });
})();
