"""Fill an empty database with the demo's district, round, units, devices and one commander.

Run as the owner: `python -m demo.seed --state FILE --fraction F --seed N`. Secrets that the demo
needs again (the password, device tokens, the wall's token) go to the state file, mode 0600.
Where the state file says that all this is there, only the clock is put back to where it stood.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

BY = "demo"
USERNAME = "commander"
#: How long before the round the demo's clock begins.
LEAD = timedelta(minutes=4)


def main() -> int:
    """Seed unless the state file says that this was done, and set the clock."""
    parser = argparse.ArgumentParser(prog="python -m demo.seed")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if arguments.state.exists():
        _wind_back(arguments.state)
        return 0
    from django.db import transaction

    from campaigns.models import Division

    if Division.objects.exists():
        print("This database holds data that is not the demo's: use --restart", file=sys.stderr)
        return 1
    with transaction.atomic():
        state = seed(arguments.seed, arguments.fraction)
    write_private(arguments.state, state)
    return 0


def _wind_back(state: Path) -> None:
    """Let the clock go on where it stood when the demo stopped, slowly until devices play."""
    from core import clock
    from demo import roundplan
    from demo.devices import Progress, progress_file

    kept = Progress(progress_file(state)).clock
    clock.set_clock(datetime.fromisoformat(kept) if kept else roundplan.STARTS - LEAD, 1)


def write_private(path: Path, state: dict[str, Any]) -> None:
    """Write JSON that only this account may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(state, out)
    draft.replace(path)


def seed(number: int, fraction: float) -> dict[str, Any]:
    """Make everything the round needs; returns the state the demo keeps."""
    from core import clock
    from demo import homevisits, loading, places, register, roster, roundplan, sites, wheels
    from personnel.models import User
    from personnel.roles import Role

    clock.set_clock(roundplan.STARTS - LEAD, 1)
    divisions = _divisions()
    where = loading.homes(divisions)
    people = list(register.people(seed=number, fraction=fraction))
    loading.load_register(people, where)
    round_ = _round(divisions)
    _targets(round_, people, roundplan.exemptions(people, number), where)
    units = sites.units(round_, divisions, fraction)
    password = _commander(divisions)
    duty = _colleague("duty", divisions[places.DISTRICT.code], Role.DISPATCHER)
    house = roster.build(divisions, round_, by=duty, seed=number, fraction=fraction)
    account = User.objects.get(username=USERNAME)
    moving = wheels.seed(house, account=account)
    homevisits.seed(house, people)
    return moving | {
        "seed": number,
        "fraction": fraction,
        "round": round_.pk,
        "district": divisions[round_.campaign.district.code].pk,
        "username": USERNAME,
        "password": password,
        "wall_path": _wall(round_),
        "streets": {code: divisions[code].pk for code in places.ROUND_STREETS},
        "officials": {
            code: _colleague(f"official-{nth}", divisions[code], Role.STREET_OFFICIAL)
            for nth, code in enumerate(places.ROUND_STREETS, start=1)
        },
        "reviewer": _colleague("reviewer", divisions[places.DISTRICT.code], Role.REPORTING_OFFICER),
        "approver": _colleague("approver", divisions[places.DISTRICT.code], Role.COMMANDER),
        "duty": duty,
        "units": [unit.pk for unit in units],
        "tokens": [_device(unit) for unit in units],
    }


def _divisions() -> dict[str, Any]:
    from campaigns.models import Division
    from campaigns.services.groups import add_usual_groups
    from demo import places

    day, out = date(2020, 1, 1), {}
    row: Any = places.DISTRICT
    names = {"name": row.name, "name_en": row.name_en, "pinyin": row.pinyin}
    top = Division.objects.create(
        **names, code=row.code, level="district", kind="district", valid_from=day,
        population=row.population,
    )  # fmt: skip
    _own_ids(top, district_id=top.pk)
    out[row.code] = top
    add_usual_groups(district=top, by=BY, at=datetime.combine(day, time(), tzinfo=UTC))
    for row in places.STREETS:
        names = {"name": row.name, "name_en": row.name_en, "pinyin": row.pinyin}
        node = Division.objects.create(
            **names, code=row.code, level="street", kind=row.kind, parent=top, valid_from=day,
            district_id=top.pk, population=row.population, population_is_estimate=row.estimate,
        )  # fmt: skip
        _own_ids(node, street_id=node.pk)
        out[row.code] = node
    for row in places.COMMUNITIES:
        names = {"name": row.name, "name_en": row.name_en, "pinyin": row.pinyin}
        parent = out[row.street]
        node = Division.objects.create(
            **names, code=row.code, level="community", kind=row.kind, parent=parent,
            valid_from=day, district_id=top.pk, street_id=parent.pk, population=row.population,
            population_is_estimate=row.population is not None,
        )  # fmt: skip
        _own_ids(node, community_id=node.pk)
        out[row.code] = node
    return out


def _own_ids(node: Any, **ids: int) -> None:
    for name, value in ids.items():
        setattr(node, name, value)
    node.save(update_fields=list(ids))


def _round(divisions: dict[str, Any]) -> Any:
    from django.db import connection

    from campaigns.models import Campaign, Deadline, Round, RoundArea, RoundStateChange
    from demo import places, roundplan

    start = roundplan.STARTS
    campaign = Campaign.objects.create(
        district=divisions[places.DISTRICT.code], name=roundplan.CAMPAIGN, kind="area",
        trigger="contacts of a case found in the district", created_at=start, created_by=BY,
    )  # fmt: skip
    round_ = Round.objects.create(
        campaign=campaign, number=1, name="", state="running", starts_at=start,
        planned_end_at=roundplan.PLANNED_END, pool_size=roundplan.POOL_SIZE, open_hours=19,
    )  # fmt: skip
    RoundArea.objects.bulk_create(
        RoundArea(round=round_, division=divisions[code]) for code in places.ROUND_STREETS
    )
    for before, after in (("draft", "ready"), ("ready", "running")):
        RoundStateChange.objects.create(
            round=round_, from_state=before, to_state=after, at=start - LEAD, by=BY
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sites_prepare_round(%s)", [round_.pk])
    end = roundplan.PLANNED_END
    due = [("district", places.DISTRICT.code, end)]
    due += [("street", code, _at(end, hour)) for code, hour in roundplan.STREET_DUE.items()]
    due += [
        ("community", code, _at(end, roundplan.COMMUNITY_DUE)) for code in roundplan.KEY_COMMUNITIES
    ]
    Deadline.objects.bulk_create(
        Deadline(round=round_, level=level, division=divisions[code], due_at=at)
        for level, code, at in due
    )
    return round_


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0)


def _targets(round_: Any, people: list, exempt: dict[int, str], where: dict) -> None:
    """Freeze version 1: the register of each community less its exemptions, kept as rows."""
    from collections import Counter

    from campaigns.models import Exemption, RoundTarget, TargetVersion
    from demo import loading, places, roundplan

    at = roundplan.STARTS - timedelta(hours=1)
    keys = loading.person_keys((people[i] for i in exempt), where)
    Exemption.objects.bulk_create(
        (
            Exemption(
                round=round_, person_key=keys[i], district_id=where[people[i].community][0],
                street_id=where[people[i].community][1],
                community_id=where[people[i].community][2], reason=reason, frozen=True,
                accepted_at=at, accepted_by=BY,
            )
            for i, reason in exempt.items()
        ),
        batch_size=2_000,
    )  # fmt: skip
    registered = Counter(p.community for p in people)
    excused = Counter(people[i].community for i in exempt)
    version = TargetVersion.objects.create(
        round=round_, version=1, frozen_at=at, frozen_by=BY, reason="register less exemptions"
    )
    RoundTarget.objects.bulk_create(
        RoundTarget(
            version=version, round=round_, community_id=where[i][2], street_id=where[i][1],
            district_id=where[i][0], registered=registered[i], exempt=excused[i],
            target=registered[i] - excused[i],
        )
        for i, row in enumerate(places.COMMUNITIES)
        if row.street in places.ROUND_STREETS
    )  # fmt: skip


def _device(unit: Any) -> str:
    """Enrol the unit's device by the way a real one takes: code, then token."""
    from django.utils import timezone

    from personnel.services import devices

    at = timezone.now()
    _row, code = devices.issue_code(unit=unit, label=f"demo {unit.pk}", by=BY, at=at)
    return devices.enrol(code=code, at=at).token


def _commander(divisions: dict[str, Any]) -> str:
    """One account with six roles, to be changed at the top of every page."""
    from django.utils import timezone

    from demo import places
    from personnel.passwords import make_password_text
    from personnel.roles import Role
    from personnel.services import postings, users

    password = make_password_text()
    user = users.create_user(
        username=USERNAME, display_name="Demo", password=password, by=BY,
        must_change_password=False,
    )  # fmt: skip
    at = timezone.now()
    district, street = divisions[places.DISTRICT.code], divisions[places.ROUND_STREETS[0]]
    for role, division in (
        (Role.COMMANDER, district),
        (Role.PLANNER, district),
        (Role.DISPATCHER, district),
        (Role.REPORTING_OFFICER, district),
        (Role.STREET_OFFICIAL, street),
        (Role.DRIVER, district),
    ):
        postings.post(user=user, role=role, division=division, by=BY, at=at)
    return password


def _colleague(username: str, division: Any, role: Any) -> str:
    """An account that the simulator acts for, with a password that nobody knows; its label."""
    from django.utils import timezone

    from personnel.passwords import make_password_text
    from personnel.services import postings, users

    user = users.create_user(
        username=username, display_name=f"{division.name} {username}",
        password=make_password_text(), by=BY, must_change_password=False,
    )  # fmt: skip
    postings.post(user=user, role=role, division=division, by=BY, at=timezone.now())
    return f"user:{user.pk}:{role.value}"


def _wall(round_: Any) -> str:
    from django.urls import reverse
    from django.utils import timezone

    from personnel.services.walls import create_wall_link

    _link, token = create_wall_link(
        round=round_, division=round_.campaign.district, label="demo", by=BY, at=timezone.now()
    )
    return reverse("boards:wall", args=[token])


if __name__ == "__main__":
    sys.exit(main())
