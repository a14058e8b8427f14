/* A sheet is sent once, and its sender sees that something happens. Works without. */
(function () {
  "use strict";

  document.querySelectorAll("[data-import-form]").forEach(function (form) {
    const busy = form.querySelector("[data-import-busy]");
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      if (busy) busy.hidden = false;
    });
  });

  // The browser's back button shows the page as it was left: ready to send again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-import-form]").forEach(function (form) {
      delete form.dataset.sent;
      const busy = form.querySelector("[data-import-busy]");
      if (busy) busy.hidden = true;
    });
  });
})();
