"""The tables of a situation report, in the language that is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from reporting.outlets.indicators import INDICATORS
from reporting.outlets.situation import prose_en, prose_zh
from reporting.outlets.situation.document import NOTHING, Cell, Section, Table, count, difference
from reporting.outlets.situation.snapshot import Area, Snapshot
from reporting.outlets.situation.stated import Stated

MOMENTS = {"zh": prose_zh.moment, "en": prose_en.moment}
COMPARED = ("persons", "swabs", "tubes", "remaining")
FIELDWORK = (
    "points_total", "points_open", "units_total", "units_open", "visits_asked", "visits_done",
    "visits_open", "outside_persons", "off_register_persons", "tallied", "alerts_open",
)  # fmt: skip


def name_of(thing: Any) -> str:
    """A place or a category in the reader's language; Chinese where it has no other name."""
    english = (get_language() or "").startswith("en") and thing.name_en
    return str(english or thing.name)


def funnels(snapshot: Snapshot, stated: Mapping[str, Stated], language: str) -> Section:
    """Sampling, delivery, testing and results one under the other, never one percentage."""
    moment = MOMENTS[language]
    area = snapshot.area
    sampling = _("Sampling")
    rows = [
        [Cell(sampling), count("area.everybody", area.values.get("everybody")), _unit("everybody"),
         Cell(moment(snapshot.as_of)), Cell(_("scanned at the units"))],
        [Cell(sampling), count("area.swabs", area.values.get("swabs")), _unit("swabs"),
         Cell(moment(snapshot.as_of)), Cell(_("scanned at the units"))],
        [Cell(sampling), count("area.tubes", area.values.get("tubes")), _unit("tubes"),
         Cell(moment(snapshot.as_of)), Cell(_("scanned at the units"))],
    ]  # fmt: skip
    stages = (
        ("delivered", pgettext("stage of samples", "Delivery")),
        ("tested", _("Testing")),
        ("reported", _("Results")),
    )
    rows += [_stage(title, key, stated.get(key), language) for key, title in stages]
    headings = [
        _("Stage"),
        pgettext("report", "Number"),
        pgettext("report", "Unit"),
        _("As of"),
        pgettext("report", "Source"),
    ]
    return Section(
        "funnels", _("Sampled, delivered, tested"), [], [Table("funnels", headings, rows)],
        note=_("Each stage has its own count and its own time; they make no common percentage."),
    )  # fmt: skip


def _unit(key: str) -> Cell:
    return Cell(str(INDICATORS[key].unit))


def _stage(title: str, key: str, each: Stated | None, language: str) -> list[Cell]:
    if each is None:
        return [Cell(title), Cell(NOTHING, f"stated.{key}", None), Cell(NOTHING), Cell(NOTHING),
                Cell(_("not recorded in this system"))]  # fmt: skip
    source = (language == "en" and each.source_en) or each.source
    units = {"persons": "everybody", "swabs": "swabs", "tubes": "tubes"}
    return [
        Cell(title), count(f"stated.{key}", each.value), _unit(units[each.unit]),
        Cell(MOMENTS[language](each.as_of)), Cell(_("stated by %(source)s") % {"source": source}),
    ]  # fmt: skip


def streets(snapshot: Snapshot, language: str) -> Section:
    """One row a street, and their sum as the cut made it."""
    headings = [
        _("Street"), pgettext("report", "To test"), pgettext("report", "Sampled"), _("Coverage"),
        pgettext("report", "Remaining"), pgettext("report", "Swabs"), _("Tubes"),
        _("Expected to finish"),
    ]  # fmt: skip
    rows = [_street(street, street.code, language) for street in snapshot.streets]
    whole = not snapshot.of_one_street
    if whole:
        rows.append(_street(snapshot.area, "area", language, title=_("Total")))
    return Section(
        "streets", _("By street"), [], [Table("streets", headings, rows, total=whole)],
        note=_(
            "People count where they live, swabs and tubes where they were taken. More than all and"
            " negative remainders are real: people moved or lists changed."
        ),
    )  # fmt: skip


def streets_brief(snapshot: Snapshot) -> Section:
    """The same for a phone: so many columns as stand side by side."""
    keys = ("persons", "coverage_percent", "remaining", "swabs")
    headings = [
        _("Street"), pgettext("report", "Sampled"), _("Coverage"), pgettext("report", "Remaining"),
        pgettext("report", "Swabs"),
    ]  # fmt: skip
    rows = [_counts(street, street.code, keys, name_of(street)) for street in snapshot.streets]
    whole = not snapshot.of_one_street
    if whole:
        rows.append(_counts(snapshot.area, "area", keys, _("Total")))
    table = Table("streets", headings, rows, total=whole, compact=True)
    return Section("streets", _("By street"), [], [table])


def _street(area: Area, name: str, language: str, title: str = "") -> list[Cell]:
    keys = ("target", "persons", "coverage_percent", "remaining", "swabs", "tubes")
    cells = _counts(area, name, keys, title or name_of(area))
    return [*cells, Cell(_finish(area, language))]


def _counts(area: Area, name: str, keys: tuple[str, ...], title: str) -> list[Cell]:
    return [Cell(title), *(count(f"{name}.{key}", area.values.get(key)) for key in keys)]


def _finish(area: Area, language: str) -> str:
    if (area.count("remaining") or 0) <= 0 and area.count("target"):
        return _("done")
    return MOMENTS[language](area.eta_at) if area.eta_at else NOTHING


def people(snapshot: Snapshot) -> Section | None:
    """People engaged by source category, each person once, and in total."""
    if not snapshot.heads:
        return None
    rows = [
        [Cell(name_of(head)), count(f"head.{head.code}", head.people)] for head in snapshot.heads
    ]
    rows.append([Cell(_("Total")), count("head", snapshot.people_engaged)])
    table = Table("people", [_("Category"), _("People engaged")], rows, total=True)
    return Section(
        "people", _("People engaged in the round"), [], [table],
        note=_("Everybody who had duty in the round up to the cut-off, each person once."),
    )  # fmt: skip


def vehicles(snapshot: Snapshot) -> Section | None:
    """Vehicles by class: on the area's list, and those that drove for the round."""
    if not snapshot.vehicles:
        return None
    rows = [
        [Cell(name_of(row)), count(f"vehicle.{row.code}.listed", row.listed),
         count(f"vehicle.{row.code}.engaged", row.engaged)]
        for row in snapshot.vehicles
    ]  # fmt: skip
    rows.append([
        Cell(_("Total")), count("area.vehicles_listed", snapshot.area.values["vehicles_listed"]),
        count("area.vehicles_engaged", snapshot.area.values["vehicles_engaged"]),
    ])  # fmt: skip
    headings = [pgettext("vehicle", "Class"), _("On the list"), _("Drove for the round")]
    return Section("vehicles", _("Vehicles"), [], [Table("vehicles", headings, rows, total=True)])


def fieldwork(snapshot: Snapshot) -> Section:
    """Points, units, home visits, paper and alerts of the whole area."""
    rows = [
        [Cell(str(INDICATORS[key].name)), count(f"area.{key}", snapshot.area.values.get(key)),
         Cell(str(INDICATORS[key].unit))]
        for key in FIELDWORK
        # An indicator that is younger than the snapshot is none of its figures.
        if key in snapshot.area.values
    ]  # fmt: skip
    table = Table(
        "fieldwork",
        [pgettext("report", "Figure"), pgettext("report", "Number"), pgettext("report", "Unit")],
        rows,
    )
    return Section("fieldwork", _("Points, visits and alerts"), [], [table])


def changes(snapshot: Snapshot, language: str) -> Section:
    """What changed since the issue before; the first issue says that it is the baseline."""
    previous = snapshot.previous
    title = _("Since the last issue")
    if snapshot.corrects is not None:
        title = _("Since the issue that is corrected")
    if previous is None:
        return Section(
            "changes", title, [_("This is the first issue: later ones are compared to it.")]
        )
    rows = []
    for key in COMPARED:
        before, now = previous.values.get(key), snapshot.area.count(key)
        known = isinstance(before, int) and now is not None
        rows.append([
            Cell(str(INDICATORS[key].name)), count(f"previous.{key}", before),
            count(f"area.{key}", now),
            difference(f"change.{key}", now - before) if known else Cell(NOTHING),  # type: ignore[operator]
        ])  # fmt: skip
    headings = [
        pgettext("report", "Figure"),
        _("Issue %(number)s, %(time)s")
        % {"number": previous.number, "time": MOMENTS[language](previous.cut_off)},
        _("Now"), _("Difference"),
    ]  # fmt: skip
    return Section("changes", title, [], [Table("changes", headings, rows)])


def corrections(snapshot: Snapshot, language: str) -> Section | None:
    """Figures of the issue before that are known differently by now, each with its cause."""
    if snapshot.previous is None:
        return None
    title = _("Corrections to the last issue")
    if snapshot.corrects is not None:
        title = _("Corrections to issue %(number)s") % {"number": snapshot.corrects}
    if not snapshot.corrections:
        return Section("corrections", title, [_("None: its figures are still what is known.")])
    rows = []
    for nth, row in enumerate(snapshot.corrections):
        place = (language == "en" and row.area_en) or row.area
        name = f"correction.{nth}"
        rows.append([
            Cell(place), Cell(str(INDICATORS[row.key].name)), count(f"{name}.then", row.then),
            count(f"{name}.now", row.now),
            difference(f"{name}.late", row.late),
            difference(f"{name}.voided", -row.voided),
            difference(f"{name}.other", row.other),
        ])  # fmt: skip
    headings = [
        _("Place"), pgettext("report", "Figure"), pgettext("report", "Printed"), _("Known now"),
        _("Late data"), pgettext("report", "Voided"), _("Other causes"),
    ]  # fmt: skip
    first = snapshot.corrections[0]
    words = _("Issue %(number)s, at its cut-off of %(time)s:") % {
        "number": first.issue, "time": MOMENTS[language](first.cut_off)}  # fmt: skip
    return Section("corrections", title, [words], [Table("corrections", headings, rows)])
