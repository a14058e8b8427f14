"""Campaigns and rounds are set up: times, pool size, area, zones, copies (S002, S037, S097)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, ChecklistItem, Division, RiskZone, Round, RoundArea
from campaigns.models.divisions import Level
from campaigns.services.checklist import add_usual_items
from core import audit
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope

CAN_BE_COVERED = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)


@transaction.atomic
def create_campaign(
    *, district: Division, name: str, kind: str, trigger: str, by: str, at: datetime
) -> Campaign:
    """Begin a campaign of a district; `trigger` says what set it off (S036)."""
    campaign = Campaign.objects.create(
        district=district, name=name, kind=kind, trigger=trigger, created_at=at, created_by=by
    )
    trail("campaign.add", campaign.district_id, campaign.pk, by=by, at=at, object_type="campaign")
    return campaign


@transaction.atomic
def begin_round(
    *, campaign: Campaign | None, campaign_name: str, kind: str, trigger: str,
    client_key: UUID | None, scope: Scope, by: str, at: datetime, **rest: Any,
) -> Round:  # fmt: skip
    """Begin a round of a campaign, or without one of a new campaign of the caller's district.

    Sent twice (the same `client_key`), it is the round of the first time. `rest`: as create_round.
    """
    if made := round_of_form(client_key, scope):
        return made
    if campaign is None:
        campaign = create_campaign(
            district=Division.objects.get(pk=min(scope.districts)), name=campaign_name,
            kind=kind or Campaign.Kind.AREA, trigger=trigger[:200], by=by, at=at,
        )  # fmt: skip
    return create_round(
        campaign=campaign, planned_end_at=None, client_key=client_key, by=by, at=at, **rest
    )


def round_of_form(client_key: UUID | None, scope: Scope) -> Round | None:
    """The round that this very form made before; waits if it is being made just now."""
    submission_lock(client_key)
    if client_key is None:
        return None
    return Round.objects.planned_within(scope).filter(client_key=client_key).first()


@transaction.atomic
def create_round(
    *, campaign: Campaign, starts_at: datetime, planned_end_at: datetime | None, by: str,
    at: datetime, **rest: Any,
) -> Round:  # fmt: skip
    """Begin a round as a draft, with the usual checklist; its number follows the campaign's last.

    `rest`: name, pool_size, open_hours, lab_tubes_per_day, is_template, copied_from, client_key.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    last = campaign.rounds.aggregate(last=Max("number"))["last"] or 0
    round_ = Round.objects.create(
        campaign=campaign, number=last + 1, starts_at=starts_at, planned_end_at=planned_end_at,
        **rest,
    )  # fmt: skip
    add_usual_items(round_)
    trail("round.add", campaign.district_id, round_.pk, by=by, at=at, nth=round_.number)
    return round_


@transaction.atomic
def change_round(
    *, round_id: int, changes: dict[str, Any], scope: Scope, by: str, at: datetime
) -> Round:
    """Change what a draft is planned with. Raises Conflict once the round is ready.

    Another first day makes other people exempt by age: targets must then be frozen anew.
    """
    round_ = locked(round_id, scope)
    check_setting_up(round_)
    told = audit.changes({field: getattr(round_, field) for field in changes}, changes)
    for field in told:
        setattr(round_, field, changes[field])
    if told:
        round_.save(update_fields=list(told))
        if "starts_at" in told:
            round_.target_versions.update(is_current=False)
        trail(
            "round.change",
            round_.campaign.district_id,
            round_.pk,
            by=by,
            at=at,
            fields=sorted(told),
        )
    return round_


@transaction.atomic
def set_areas(
    *, round_id: int, division_ids: Iterable[int], scope: Scope, by: str, at: datetime
) -> Round:
    """Say which streets, towns and communities a round covers; the targets must be frozen anew."""
    round_ = locked(round_id, scope)
    check_setting_up(round_)
    wanted = _coverable(division_ids, scope)
    had = set(round_.areas.values_list("division_id", flat=True))
    round_.areas.exclude(division__in=wanted).delete()
    RoundArea.objects.bulk_create(
        RoundArea(round=round_, division=division) for division in wanted if division.pk not in had
    )
    trail(
        "round.area", round_.campaign.district_id, round_.pk, by=by, at=at,
        divisions=sorted(division.pk for division in wanted),
    )  # fmt: skip
    return round_


@transaction.atomic
def add_zone(
    *, round_id: int, kind: str, name: str, pool_size: int, division_ids: Iterable[int],
    scope: Scope, by: str, at: datetime,
) -> RiskZone:  # fmt: skip
    """Add a risk zone with its own pool size; its divisions belong to the round's area (S037)."""
    round_ = locked(round_id, scope)
    check_setting_up(round_)
    divisions = _coverable(division_ids, scope)
    if not divisions:
        raise Refused("zone_empty", _("Choose at least one street or community for the zone."))
    if round_.zones.filter(name=name).exists():
        raise Conflict("zone_exists", _("This round already has a zone of this name."))
    zone = RiskZone.objects.create(round=round_, kind=kind, name=name, pool_size=pool_size)
    zone.divisions.set(divisions)
    trail(
        "round.zone_add", round_.campaign.district_id, round_.pk, by=by, at=at,
        zone=zone.pk, kind=kind, pool_size=pool_size,
    )  # fmt: skip
    return zone


@transaction.atomic
def remove_zone(*, round_id: int, zone_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Take a zone out of a round that has not started; asking twice changes nothing."""
    round_ = locked(round_id, scope)
    check_setting_up(round_)
    zone = round_.zones.filter(pk=zone_id).first()
    if zone is None:
        return
    zone.delete()
    trail("round.zone_remove", round_.campaign.district_id, round_.pk, by=by, at=at, zone=zone_id)


@transaction.atomic
def copy_round(
    *, source: Round, name: str, starts_at: datetime, is_template: bool, by: str, at: datetime,
    client_key: UUID | None = None,
) -> Round:  # fmt: skip
    """Copy a round's plan to a new start: area, zones, deadlines and open checklist items.

    Every time moves by the same distance. Targets are not copied: they are frozen from the
    register as it is then.
    """
    shift = starts_at - source.starts_at
    copy = create_round(
        campaign=source.campaign, starts_at=starts_at, by=by, at=at, name=name,
        planned_end_at=source.planned_end_at and source.planned_end_at + shift,
        pool_size=source.pool_size, open_hours=source.open_hours,
        lab_tubes_per_day=source.lab_tubes_per_day, is_template=is_template, copied_from=source,
        client_key=client_key,
    )  # fmt: skip
    RoundArea.objects.bulk_create(
        RoundArea(round=copy, division_id=area.division_id) for area in source.areas.all()
    )
    for zone in source.zones.prefetch_related("divisions"):
        twin = RiskZone.objects.create(
            round=copy, kind=zone.kind, name=zone.name, pool_size=zone.pool_size
        )
        twin.divisions.set(zone.divisions.all())
    for deadline in source.deadlines.all():
        deadline.pk, deadline.round, deadline.due_at = None, copy, deadline.due_at + shift
        deadline.save(force_insert=True)
    _copy_checklist(source, copy, shift)
    return copy


def _copy_checklist(source: Round, copy: Round, shift: timedelta) -> None:
    copy.checklist.all().delete()
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            round=copy, phase=item.phase, title=item.title, owner=item.owner,
            due_at=item.due_at and item.due_at + shift,
        )
        for item in source.checklist.all()
    )  # fmt: skip


def _coverable(division_ids: Iterable[int], scope: Scope) -> list[Division]:
    wanted = set(division_ids)
    found = list(
        Division.objects.within(scope).current().filter(pk__in=wanted, level__in=CAN_BE_COVERED)
    )
    if len(found) < len(wanted):
        raise Refused(
            "division_unknown", _("Choose streets, towns or communities of your own area.")
        )
    return found


def locked(round_id: int, scope: Scope) -> Round:
    """The round, locked for the caller's transaction. Raises Refused outside the scope.

    Rows that point to the round may still come: a freeze takes seconds, and call-ups, points and
    accepted reasons must not wait for it.
    """
    found = Round.objects.planned_within(scope).filter(pk=round_id)
    round_ = found.select_related("campaign").select_for_update(of=("self",), no_key=True).first()
    if round_ is None:
        raise Refused("round_unknown", _("There is no such round in your area."))
    return round_


def check_setting_up(round_: Round) -> None:
    """Raise Conflict unless the round is a draft: what was called ready, nobody changes unseen."""
    if round_.state == Round.State.READY:
        raise Conflict(
            "round_ready", _("This round is ready: take it back to draft to change its plan.")
        )
    if round_.state != Round.State.DRAFT:
        raise Conflict(
            "round_started",
            _("This round is %(state)s: its plan stands. Extend it, or plan the next round."),
            state=Round.State(round_.state).label,
        )


def trail(
    act: str, district_id: int, object_id: int, *, by: str, at: datetime,
    object_type: str = "round", **summary: Any,
) -> None:  # fmt: skip
    """One audit row about a round or a campaign, in the caller's transaction."""
    audit.record(
        by=by, at=at, act=act, object_type=object_type, object_id=str(object_id),
        district_id=district_id, **summary,
    )  # fmt: skip
