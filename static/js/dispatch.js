/* The dispatch board: renewed without moving what a hand is on; drag and dialog send one form.
   Without this file every cell is a link to the same form on a page of its own. */
(function () {
  "use strict";

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  const EVERY = 12000;
  const board = function () { return document.getElementById("board_live"); };
  if (!board()) return;
  const dialog = document.getElementById("assign-dialog");
  const offline = document.getElementById("board-offline");
  let seen = "";
  let dragged = null;
  let touched = 0;
  let waiting = null;

  /* --- renewal: the strip always, the rows only while neither pointer nor focus is on them ----- */
  const HOLD = 20000;
  const busy = function () {
    return dragged !== null || (dialog && dialog.open) || Date.now() - touched < HOLD;
  };
  ["pointermove", "pointerdown", "keydown", "focusin"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const body = document.getElementById("board-body");
      if (event.target.closest && body.contains(event.target)) touched = Date.now();
    });
  });
  document.addEventListener("pointerout", function (event) {
    const body = document.getElementById("board-body");
    if (!event.relatedTarget || !body.contains(event.relatedTarget)) { touched = 0; settle(); }
  });
  const put = function (fresh, id) {
    const old = document.getElementById(id);
    const next = fresh.querySelector("#" + id);
    if (!old || !next) return;
    const scroll = old.querySelector(".table-scroll");
    const left = scroll ? scroll.scrollLeft : 0;
    const held = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(next);
    if (held) focusAgain(next, held);
    const again = next.querySelector(".table-scroll");
    if (again) again.scrollLeft = left;
    prepare();
  };
  // Whoever stands on a cell by keyboard stands on the same cell afterwards.
  const focusAgain = function (next, held) {
    const where = held.closest("tr[id]");
    const row = where && document.getElementById(where.id);
    const same = (held.id && document.getElementById(held.id)) ||
      Array.from(next.querySelectorAll("a")).find(function (a) { return held.href && a.href === held.href; }) ||
      (row && row.querySelector("a[data-assign]"));
    if (same) same.focus({ preventScroll: true });
  };
  const settle = function () {
    if (waiting && !busy()) { put(waiting, "board-body"); waiting = null; }
  };
  const renew = function () {
    if (document.hidden) return;
    fetch(board().dataset.here, {
      headers: { "HX-Request": "true", "X-Board-Seen": seen }, credentials: "same-origin"
    }).then(function (answer) {
      if (offline) offline.hidden = true;
      const away = answer.headers.get("HX-Redirect");
      if (away) { window.location.assign(away); return null; }
      if (answer.status !== 200) return null;
      seen = answer.headers.get("X-Board-Seen") || "";
      return answer.text();
    }).then(function (html) {
      if (!html) return;
      const box = document.createElement("template");
      box.innerHTML = html;
      const strip = document.getElementById("board-strip");
      if (!strip.contains(document.activeElement)) put(box.content, "board-strip");
      waiting = box.content;
      settle();
    }).catch(function () { if (offline) offline.hidden = false; });
  };
  window.setInterval(renew, EVERY);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) renew(); });

  /* --- dialog --------------------------------------------------------------------------------- */
  const show = function (html) {
    dialog.innerHTML = html;
    const back = dialog.querySelector("[name=back]");
    if (back && !back.value) back.value = board().dataset.here;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[data-error-summary]") ||
      dialog.querySelector("[name=subject]:checked") || dialog.querySelector("[name=subject]");
    if (first) first.focus();
  };
  const words = function (name) {
    const line = document.createElement("p");
    line.textContent = dialog.dataset[name];
    dialog.replaceChildren(line);
  };
  const open = function (url, subject) {
    words("wait");
    if (!dialog.open) dialog.showModal();
    const asked = url + (subject ? "&subject=" + encodeURIComponent(subject) : "");
    return fetch(asked, { headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then(function (answer) {
        const away = answer.headers.get("HX-Redirect");
        if (away) { window.location.assign(away); return null; }
        if (!answer.ok) { window.location.assign(url); return null; }
        return answer.text();
      })
      .then(function (html) {
        if (!html) return null;
        show(html);
        return dialog.querySelector("form");
      })
      .catch(function () { words("failed"); return null; });
  };
  const send = function (form, button) {
    const data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    const order = form.querySelector("#order");
    if (order) order.disabled = true;
    fetch(form.action, {
      method: "POST", body: new URLSearchParams(data), credentials: "same-origin",
      headers: { "HX-Request": "true" }
    }).then(function (answer) {
      const away = answer.headers.get("HX-Redirect");
      if (away) { window.location.assign(away); return null; }
      if (answer.status !== 200 && answer.status !== 422) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (html) { if (html) show(html); }).catch(function () {
      if (order) order.disabled = false;
      const line = document.createElement("p");
      line.className = "field-error";
      line.setAttribute("role", "alert");
      line.textContent = dialog.dataset.failed;
      form.prepend(line);
    });
  };
  if (dialog && dialog.showModal) {
    document.addEventListener("click", function (event) {
      const link = event.target.closest("a[data-assign]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        open(link.href);
      } else if (event.target.closest("[data-close]") && dialog.open) {
        event.preventDefault();
        dialog.close();
      }
    });
    dialog.addEventListener("submit", function (event) {
      event.preventDefault();
      send(event.target, event.submitter);
    });
    dialog.addEventListener("close", function () { dialog.replaceChildren(); settle(); });
    document.addEventListener("keydown", function (event) {
      if (event.key !== "a" || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
      if (event.target.closest("input, select, textarea")) return;
      if (localStorage.getItem("jinjian-keys") === "off") return;
      const link = event.target.closest("a[data-assign]") || document.getElementById("assign-next");
      if (!link) return;
      event.preventDefault();
      open(link.href);
    });
  }

  /* --- drag: a drop fills in the dialog's form and sends it if nothing is left to say ------------ */
  const over = function (cell, on) { if (cell) cell.classList.toggle("is-over", on); };
  const target = function (event) {
    const cell = event.target.closest ? event.target.closest("td.c") : null;
    return cell && cell.closest("[data-spot]") && cell.querySelector("a[data-assign]") ? cell : null;
  };
  let last = null;
  document.addEventListener("dragstart", function (event) {
    const item = event.target.closest && event.target.closest("[data-subject]");
    if (!item || !dialog) return;
    dragged = item;
    item.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData("text/plain", item.querySelector("b").textContent);
  });
  document.addEventListener("dragover", function (event) {
    if (!dragged) return;
    const cell = target(event);
    if (cell !== last) { over(last, false); over(cell, true); last = cell; }
    if (cell) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; }
  });
  document.addEventListener("dragend", function () {
    if (dragged) dragged.classList.remove("is-dragged");
    over(last, false);
    dragged = last = null;
    settle();
  });
  document.addEventListener("drop", function (event) {
    const cell = target(event);
    if (!dragged || !cell) return;
    event.preventDefault();
    const url = new URL(cell.querySelector("a[data-assign]").href);
    if (dragged.dataset.role) url.searchParams.set("role", dragged.dataset.role);
    const subject = dragged.dataset.subject;
    open(url.pathname + url.search, subject).then(function (form) {
      // A vehicle still needs where it starts; a place without a gap needs a reason.
      if (form && form.hasAttribute("data-ready") && subject.slice(0, 8) !== "vehicle:") send(form, null);
    });
  });

  /* --- what is prepared after each renewal -------------------------------------------------------- */
  function prepare() {
    const body = document.getElementById("board-body");
    document.querySelectorAll("[data-drag-hint]").forEach(function (hint) { hint.hidden = !dialog; });
    body.querySelectorAll("form[data-autosubmit]").forEach(function (form) {
      form.querySelectorAll("[data-only-without-js]").forEach(function (node) { node.hidden = true; });
      if (form.dataset.ready) return;
      form.dataset.ready = "1";
      if (prepared) form.addEventListener("change", function () { form.submit(); });
    });
  }
  let prepared = false;
  prepare();
  prepared = true;

  const undo = document.querySelector("[data-undo]");
  if (undo) {
    let left = Number(undo.dataset.undo);
    const said = undo.querySelector("[data-undo-left]");
    const tick = window.setInterval(function () {
      left -= 1;
      if (said) said.textContent = String(Math.max(left, 0));
      if (left <= 0) {
        window.clearInterval(tick);
        const form = undo.querySelector("form");
        if (form) form.remove();
      }
    }, 1000);
  }
  if (dialog && dialog.hasAttribute("data-help")) {
    const next = document.getElementById("assign-next");
    if (next) next.click();
  }
})();
