/* What was typed into daily numbers, kept in this browser until the server has it. A record is one
   change of one cell or one submission; its id is made here, so that sending it twice does it once. */
(function () {
  "use strict";

  const kept = new window.Jinjian.Store("jinjian-daily", ["records", "known"]);

  window.Jinjian.store = {
    put: function (record) { return kept.put("records", record); },
    drop: function (id) { return kept.drop("records", id); },
    /* Records of one person, of one report or of all, in the order in which they were typed. */
    of: function (person, report) {
      return kept.all("records").then(function (found) {
        return found.filter(function (record) {
          return record.person === person && (!report || record.report === report);
        }).sort(function (a, b) { return a.seq - b.seq || (a.id < b.id ? -1 : 1); });
      });
    },
    /* What the server was last known to hold beyond what a kept copy of the page shows. */
    keepKnown: function (known) { return kept.put("known", known); },
    dropKnown: function (id) { return kept.drop("known", id); },
    known: function (id) {
      return kept.all("known").then(function (found) {
        return found.find(function (known) { return known.id === id; }) || null;
      });
    },
  };
})();
