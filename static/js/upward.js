// What goes into a cell: only the questions of the chosen kind are asked. Without this script all
// of them stand there, and the server takes those that belong to the kind.
(function () {
  "use strict";

  var ASKED = {
    figure: ["indicator", "street"],
    text: ["text", "typed"],
    rows: ["row_key", "first_row", "last_row"],
    column: ["indicator"],
  };
  var form = document.querySelector("form[data-entry]");
  if (!form) return;
  var kind = form.elements.kind;
  var text = form.elements.text;

  function show() {
    var wanted = ASKED[kind.value] || [];
    Object.keys(ASKED).forEach(function (each) {
      ASKED[each].forEach(function (name) {
        var field = form.elements[name].closest(".field");
        var asked = wanted.indexOf(name) >= 0;
        if (name === "typed") asked = asked && text.value === "typed";
        field.hidden = !asked;
      });
    });
  }

  kind.addEventListener("change", show);
  text.addEventListener("change", show);
  show();
})();
