"""Who may do what at the addresses of the register. Its imports belong to the whole district."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from campaigns.models import Contradiction, Exemption, RegisterCount, Resident
from core.crypto import blind_index
from core.imports.models import ImportRun
from core.scope import Scope, scoped
from personnel.roles import Permission
from tests.permissions.row import PAGE, Row, Table, holding

P = Permission
SEE = holding(P.SEE_REGISTER)
IMPORT = holding(P.IMPORT_REGISTER)
DECIDE = holding(P.DECIDE_EXEMPTION)
UNMASK = holding(P.UNMASK_RESIDENT)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A resident, an exempt one and a contradiction on each side; runs of the district."""
    things: dict[str, dict[str, Any]] = {
        f"run_{state}": dict.fromkeys(("here", "there"), _run(place, state))
        for state in ("uploading", "mapping", "checked")
    }
    sides = (("here", place.community_here), ("there", place.community_there))
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        for side, community in sides:
            resident, exempt = _resident(place, community, 1), _resident(place, community, 2)
            things.setdefault("resident", {})[side] = resident
            things.setdefault("exempt", {})[side] = exempt
            things.setdefault("exemption", {})[side] = _exemption(place, exempt)
            things.setdefault("contradiction", {})[side] = _contradiction(resident, community)
            RegisterCount.objects.create(
                district_id=place.district.pk, street_id=community.street_id,
                community_id=community.pk, people=2, counted_at=timezone.now(),
            )  # fmt: skip
    return things


def _run(place: Any, state: str) -> ImportRun:
    return ImportRun.objects.create(
        id=uuid.uuid4(),
        kind="register",
        district_id=place.district.pk,
        state=state,
        file_name="register.csv",
        header='["姓名", "身份证号", "社区"]',
        mapping=["name", "number", "community"],
        context={"size": 10, "guess": ["name", "number", ""], "signature": "x"},
        preview=1,
        rows_in=1,
        rows_refused=1,
        at=timezone.now(),
        by="test",
    )


def _resident(place: Any, community: Any, nth: int) -> Resident:
    # Both sides' people share their last four: a search must not show the neighbour's.
    number = f"{community.pk:014d}001{nth}"
    return Resident.objects.create(
        person_key=blind_index(place.district.pk, "resident", number),
        district_id=place.district.pk,
        street_id=community.street_id,
        community=community,
        id_number=number,
        name="张三",
        phone="13800000000",
        id_last4=number[-4:],
        name_mask="张*",
    )


def _exemption(place: Any, resident: Resident) -> Exemption:
    return Exemption.objects.create(
        round=place.round,
        person_key=resident.person_key,
        district_id=resident.district_id,
        street_id=resident.street_id,
        community_id=resident.community_id,
        reason="medical",
        frozen=False,
        accepted_at=timezone.now(),
        accepted_by="test",
    )


def _contradiction(resident: Resident, community: Any) -> Contradiction:
    return Contradiction.objects.create(
        resident=resident,
        district_id=resident.district_id,
        street_id=resident.street_id,
        community_id=resident.community_id,
        attribute="home",
        earlier_run=uuid.uuid4(),
        later_run=uuid.uuid4(),
        earlier=community.name,
        later="elsewhere",
        raised_at=timezone.now(),
    )


def _of_run(state: str, **more: Any) -> Any:
    return lambda world, side: {"run_id": world.things[f"run_{state}"][side].pk, **more}


def _of_resident(name: str = "resident", **more: Any) -> Any:
    return lambda world, side: {"resident_id": world.things[name][side].pk, **more}


def _post(who: frozenset[str], path: Any, body: dict[str, Any], *answers: int, **more: Any) -> Row:
    return Row(who, {"POST": set(answers)}, path=path, body=lambda world, side: body, **more)


TABLE: Table = {
    "campaigns:register": (
        Row(
            SEE,
            PAGE | {"POST": {200}},
            body=lambda world, side: {"id_type": "resident", "number": "0011"},
        ),
        Row(SEE, PAGE | {"POST": {422}}, body=lambda world, side: {"number": "1"}),
    ),
    "campaigns:register_contradictions": Row(SEE, PAGE),
    "campaigns:contradiction_settle": Row(
        DECIDE,
        {"POST": {302}},
        path=lambda world, side: {"contradiction_id": world.things["contradiction"][side].pk},
        of=True,
    ),
    "campaigns:register_import": Row(IMPORT, PAGE | {"POST": {422}}),
    "campaigns:register_begin": Row(
        IMPORT,
        {"POST": {200}},
        body=lambda world, side: {
            "run_id": uuid.uuid4(),
            "place": world.place.district.pk,
            "name": "a.csv",
            "size": 9,
        },
    ),
    "campaigns:register_run": tuple(
        Row(IMPORT, PAGE, path=_of_run(state)) for state in ("uploading", "mapping", "checked")
    ),
    "campaigns:register_chunk": _post(IMPORT, _of_run("uploading", number=0), {"a": "b"}, 204),
    "campaigns:register_finish": _post(IMPORT, _of_run("uploading"), {}, 400),
    "campaigns:register_columns": _post(IMPORT, _of_run("mapping"), {"column_0": "name"}, 422),
    "campaigns:register_confirm": _post(IMPORT, _of_run("checked"), {"preview": 1}, 302),
    "campaigns:register_discard": _post(IMPORT, _of_run("checked"), {}, 302),
    "campaigns:register_undo": _post(IMPORT, _of_run("checked"), {}, 302),
    "campaigns:register_refused": Row(IMPORT, PAGE, path=_of_run("checked")),
    "campaigns:resident": Row(SEE, PAGE, path=_of_resident(), of=True),
    "campaigns:resident_unmask": _post(UNMASK, _of_resident(), {"reason": "visit"}, 200, of=True),
    "campaigns:resident_groups": _post(DECIDE, _of_resident(), {"groups": "old"}, 302, of=True),
    "campaigns:resident_exempt": Row(
        DECIDE,
        {"POST": {302}},
        path=lambda world, side: {
            "resident_id": world.things["resident"][side].pk,
            "round_id": world.place.round.pk,
        },
        body=lambda world, side: {"reason": "medical"},
        of=True,
    ),
    "campaigns:resident_exempt_end": Row(
        DECIDE,
        {"POST": {302}},
        path=lambda world, side: {
            "resident_id": world.things["exempt"][side].pk,
            "exemption_id": world.things["exemption"][side].pk,
        },
        body=lambda world, side: {"why": "came after all"},
        of=True,
    ),
}
