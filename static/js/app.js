/* Small conveniences of every page. Everything works without them. */
(function () {
  "use strict";

  // Pickers submit themselves; their button is for browsers without scripts.
  document.querySelectorAll("form[data-autosubmit]").forEach(function (form) {
    form.querySelectorAll("[data-only-without-js]").forEach(function (node) { node.hidden = true; });
    form.addEventListener("change", function () { form.submit(); });
  });

  // The slider is another way to choose from the list beside it.
  document.querySelectorAll("[data-scrub]").forEach(function (range) {
    const list = document.getElementById(range.dataset.scrub);
    if (!list) return;
    range.hidden = false;
    const say = function () { range.setAttribute("aria-valuetext", list.options[list.selectedIndex].text); };
    range.addEventListener("input", function () { list.selectedIndex = Number(range.value); say(); });
    range.addEventListener("change", function () { list.form.submit(); });
    list.addEventListener("change", function () { range.value = String(list.selectedIndex); say(); });
    say();
  });

  // The round's clock ticks between two answers of the server, at the round's own rate.
  const clock = document.querySelector("[data-clock]");
  if (clock && clock.dataset.now) {
    const pad = function (n) { return String(n).padStart(2, "0"); };
    let base = Date.parse(clock.dataset.now);
    let since = performance.now();
    const rate = Number(clock.dataset.rate) || 1;
    const show = function () {
      // Asia/Shanghai has no summer time: always eight hours ahead.
      const at = new Date(base + (performance.now() - since) * rate + 8 * 3600 * 1000);
      clock.textContent = pad(at.getUTCMonth() + 1) + "-" + pad(at.getUTCDate()) + " " +
        pad(at.getUTCHours()) + ":" + pad(at.getUTCMinutes());
    };
    document.addEventListener("jinjian:clock", function (event) {
      base = event.detail.now;
      since = performance.now();
      show();
    });
    if (!clock.hasAttribute("data-still")) setInterval(show, 1000);
  }

  // The key L starts a line of the log, on any page; the log's own page can switch that off.
  document.addEventListener("keydown", function (event) {
    const log = document.querySelector('.sidenav a[href="/log/"]');
    if (event.key !== "l" || event.ctrlKey || event.altKey || event.metaKey || !log) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (localStorage.getItem("jinjian-keys") === "off") return;
    event.preventDefault();
    const line = document.querySelector("[data-log-line]");
    if (line) line.focus(); else location.href = log.href + "#add";
  });

  // Pages that are kept for a lost network belong to whoever was signed in; what waits to be sent
  // is kept under its person's name and stays.
  if (window.caches) {
    const forget = function () {
      ["jinjian-daily-pages", "jinjian-my-pages"].forEach(function (name) { window.caches.delete(name); });
    };
    if (/^\/sign-in\//.test(window.location.pathname)) forget();
    document.querySelectorAll("form[action$='/sign-out/']").forEach(function (form) { form.addEventListener("submit", forget); });
  }

  // Focus goes to the first problem after a refused form.
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
})();
