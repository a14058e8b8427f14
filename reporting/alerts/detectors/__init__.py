"""Detectors: what can be watched. A closet adds its own in its AppConfig.ready.

A detector answers one question, "what is wrong at this instant?", from what was known at that
instant, so that the same code raises alerts now and says how often a threshold would have fired
yesterday. It is written as one function, `watch`, that is asked once for a stretch of time and
gives back a judge of instants::

    def watch(ask: Ask) -> Judge:
        due, sent = _read(ask)           # all reading, in a constant number of queries
        def judge(at: datetime) -> list[Condition]:   # no reading here: called up to 288 times
            return [Condition(...) for unit in due if not sent_by(at, unit)]
        return judge

    register(Detector(code="missing_report", ..., watch=watch, words=..., page=...))

Rules for `watch`:
- `ask.since <= at <= ask.until`; live both are now (`ask.live`), so read no more than now needs.
- The judge must not use what was written after `at`. A threshold is `ask.threshold`, in the
  detector's `unit`; the default, least and greatest of it stand in the detector.
- A condition names its subject (kind and id; one alert per rule and subject), the street whose
  people see to it (None: the district's), the instant since which it is so, a figure in the
  detector's unit and the `params` of its sentence: names of places and counts, nothing personal.
- Severity and escalation are the rule's; a detector gives the defaults only.

`words(params)` puts one condition into a sentence, in the reader's language; `value` is among the
params. `page(subject)` says where it is mended, as (path, permission needed to open it).
"""

from reporting.alerts.detectors.registry import (
    Ask,
    Condition,
    Detector,
    Judge,
    Measure,
    Page,
    Subject,
    detector,
    detectors,
    nothing,
    register,
)

__all__ = [
    "Ask",
    "Condition",
    "Detector",
    "Judge",
    "Measure",
    "Page",
    "Subject",
    "detector",
    "detectors",
    "nothing",
    "register",
]
