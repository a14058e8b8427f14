"""The suggested passages in English, as a newspaper would print them; see `prose_zh`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core import clock
from reporting.outlets.situation.numbers import about_en
from reporting.outlets.situation.prose_zh import SHOWN
from reporting.outlets.situation.snapshot import AlertRow, Area, Head, Snapshot
from reporting.outlets.situation.stated import Stated

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
UNITS = {"persons": ("person", "people"), "swabs": ("swab", "swabs"), "tubes": ("tube", "tubes")}
STAGES = {"delivered": "delivered to laboratories", "tested": "tested", "reported": "reported"}
CORRECTED = {
    "target": "people to be tested", "persons": "people sampled, of the target", "swabs": "swabs",
    "tubes": "tubes",
}  # fmt: skip
#: How prose calls a source category: one, several; others by their own name.
CATEGORIES = {
    "street_official": ("local official", "local officials"),
    "community_worker": ("village or community worker", "village and community workers"),
    "auxiliary": ("auxiliary", "auxiliaries"),
    "volunteer": ("party member or volunteer", "party members and volunteers"),
    "borrowed_official": (
        "person sent by district departments or other towns",
        "people sent by district departments and other towns",
    ),
    "medic": ("medic", "medics"),
}


def moment(instant: datetime) -> str:
    """18:00 on 5 November; midnight is 24:00 of the day that ends with it."""
    day, text = clock.deadline_day(instant)
    return f"{text} on {day.day} {MONTHS[day.month - 1]}"


def dated(instant: datetime) -> str:
    """18:00 on 5 November 2021."""
    return f"{moment(instant)} {clock.deadline_day(instant)[0].year}"


def headline(snapshot: Snapshot, stated: Mapping[str, Stated]) -> str:
    """The sentence above everything: as of when, how far, and what is pending."""
    first = _street(snapshot) if snapshot.of_one_street else _district(snapshot)
    parts = (_correction(snapshot), first, _laboratory(snapshot, stated))
    return " ".join(part for part in parts if part)


def _correction(snapshot: Snapshot) -> str:
    """What an issue was wrong about, where this report corrects one."""
    if snapshot.corrects is None:
        return ""
    said = [
        f"{CORRECTED[row.key]} were {row.now:,} and not {row.then:,} as printed"
        for row in snapshot.corrected
    ]
    if not said:
        return f"This issue corrects issue {snapshot.corrects}; its totals stand."
    return f"This issue corrects issue {snapshot.corrects}: {'; '.join(said)}."


def _district(snapshot: Snapshot) -> str:
    area = snapshot.area
    count = len(snapshot.streets)
    where = f"{_small(count)} {'streets and towns' if count != 1 else 'street or town'}"
    text = (
        f"As of {moment(snapshot.cut_off)}, {_swabs(area.count('swabs') or 0)} been taken in round"
        f" {snapshot.round.number} of testing in {where} of {_name(area)}"
    )
    target, persons = area.count("target"), area.count("persons")
    if not target or persons is None:
        return f"{text}; how many people are to be tested is not settled yet."
    share = area.values.get("coverage_percent")
    return (
        f"{text}; {persons:,} of {target:,} people to be tested ({share}%) {_rest(area, persons)}."
    )


def _rest(area: Area, persons: int) -> str:
    left = area.count("remaining") or 0
    explained = area.count("accepted_reasons") or 0
    had = "had been sampled" if persons != 1 else "has been sampled"
    if explained:
        excused = f"{explained:,} had" if explained != 1 else "one had"
        had += f" and {excused} an accepted reason not to be"
    return f"{had}, with {left:,} still to come" if left > 0 else f"{had}, and nobody is left"


def _swabs(count: int) -> str:
    return f"{count:,} swabs had" if count != 1 else "1 swab had"


def _small(count: int) -> str:
    return SMALL[count] if count < len(SMALL) else f"{count:,}"


def _street(snapshot: Snapshot) -> str:
    """One street: how many people were sampled, by whom, with how many vehicles."""
    area = snapshot.area
    people = area.count("everybody") or 0
    text = f"By {moment(snapshot.cut_off)}, {_name(area)} had sampled {about_en(people)} people"
    crew = [_heads(head) for head in snapshot.heads]
    vehicles = area.count("vehicles_listed") or 0
    if vehicles:
        crew.append(f"{about_en(vehicles)} {'vehicles' if vehicles != 1 else 'vehicle'}")
    return f"{text}, deploying {_listed(crew)}." if crew else f"{text}."


def _heads(head: Head) -> str:
    one, several = CATEGORIES.get(head.code, (head.name_en or head.name,) * 2)
    return f"{about_en(head.people)} {one if head.people == 1 else several}"


def _listed(parts: Sequence[str]) -> str:
    """With a comma before the last "and", for the parts hold "and" themselves."""
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _laboratory(snapshot: Snapshot, stated: Mapping[str, Stated]) -> str:
    said = [_said(key, each) for key in STAGES if (each := stated.get(key))]
    if not said:
        if snapshot.of_one_street:
            return ""
        return "Deliveries to laboratories and their results are not recorded in this system."
    pending = "" if "reported" in stated else ", with the rest pending"
    text = "; ".join(said)
    return text[0].upper() + text[1:] + pending + "."


def _said(key: str, each: Stated) -> str:
    unit = UNITS[each.unit][each.value != 1]
    source = each.source_en or each.source
    return f"{source} put the number {STAGES[key]} by {moment(each.as_of)} at {each.value:,} {unit}"


def exceptions(snapshot: Snapshot) -> str:
    """What a reader must know beside the figures, a line each."""
    missing = [owing(street) for street in snapshot.missing_streets]
    lines = [f"Reports were not handed in on time: {'; '.join(missing)}."] if missing else []
    lines += [_late(street) for street in snapshot.streets if street.is_late]
    lines += [
        _beyond(street) for street in snapshot.streets if (street.count("remaining") or 0) < 0
    ]
    lines += [_alert(alert) for alert in snapshot.alerts]
    more = len(lines) - SHOWN
    if more > 0:
        lines = [*lines[:SHOWN], f"And {more:,} more."]
    return "\n".join(lines) or "No exceptions stood at the cut-off."


def _alert(alert: AlertRow) -> str:
    where = f"{alert.street_en or alert.street}: " if alert.street else ""
    places = f" ({alert.count} places)" if alert.count > 1 else ""
    return f"{where}{alert.title_en}{places}."


def owing(street: Area) -> str:
    """A street with what it owes: Tongjiaxi Town (hourly numbers, 3)."""
    forms = ", ".join(
        f"{each.title_en or each.title}, {each.count}" for each in street.missing_reports
    )
    return f"{_name(street)} ({forms})"


def _late(street: Area) -> str:
    due = moment(street.due_at) if street.due_at else "no set time"
    if street.eta_at is None:
        left = street.count("remaining") or 0
        who = f"{left:,} people are" if left != 1 else "one person is"
        return (
            f"{_name(street)} is past its deadline of {due}: {who} still to come, and when it"
            " will finish cannot be told."
        )
    done = moment(street.eta_at)
    return f"{_name(street)} is expected to finish at {done}, after its deadline of {due}."


def _beyond(street: Area) -> str:
    over = -(street.count("remaining") or 0)
    return (
        f"{_name(street)} has {over:,} more people sampled or excused than its target holds:"
        " people moved or the list changed; nothing was cut off."
    )


def actions(snapshot: Snapshot) -> str:
    """What should be done next, a line each; people say what is being done."""
    lines = []
    late = [_name(street) for street in snapshot.streets if street.is_late]
    if late:
        lines.append(f"{_listed(late)}: send more samplers, or have the deadline moved.")
    missing = [_name(street) for street in snapshot.missing_streets]
    if missing:
        lines.append(f"{_listed(missing)}: hand in the missing reports at once.")
    short = snapshot.area.count("staff_missing") or 0
    if short > 0:
        who = f"{short:,} people are" if short != 1 else "One person is"
        lines.append(f"{who} missing at the sampling points: the dispatchers fill the gaps.")
    visits = snapshot.area.count("visits_open") or 0
    if visits > 0:
        who = f"{visits:,} people wait" if visits != 1 else "one person waits"
        lines.append(f"Home visits go on: {who} for one.")
    return "\n".join(lines) or "Work goes on as planned."


def _name(area: Area) -> str:
    return area.name_en or area.name
