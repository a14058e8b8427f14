"""What the page of a round shows: plan, arithmetic, conditions, history, and the forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.forms import Form

from campaigns import forms, readiness
from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from campaigns.permissions import can_approve_round, can_plan_round
from campaigns.plan import provisions
from campaigns.queries.areas import communities_of
from campaigns.queries.planning import plan_of
from campaigns.services import lifecycle
from core import clock
from core.actors import names_of
from core.scope import Scope

LATE_WINDOW = timedelta(hours=6)
State = Round.State


def round_context(
    round_: Round, scope: Scope, *, failed: str = "", form: Form | None = None
) -> dict[str, Any]:
    """Everything the page needs; `failed` names the section whose `form` was refused."""
    at = clock.now()
    may_plan = can_plan_round(scope)
    may_change = may_plan and round_.state == State.DRAFT
    plan = plan_of(round_)
    covered = set(communities_of(round_).values_list("pk", flat=True))
    context = {
        "round": round_,
        "as_of": at,
        "may_plan": may_plan,
        "may_change": may_change,
        "may_approve": can_approve_round(scope),
        "failed": failed,
        "form": form,
        "plan": plan,
        "provisions": provisions(
            plan.needs, {each.code: each.actual for each in readiness.findings("plan", round_)}
        ),
        "start": readiness.findings("start", round_),
        "checklist": _checklist(round_, at),
        "versions": _versions(round_),
        "changes": round_.changes.order_by("-at", "-pk"),
        "extensions": round_.extensions.order_by("-at", "-pk"),
        "zones": round_.zones.prefetch_related("divisions").order_by("pk"),
        "deadlines": _deadlines(round_, at),
        "streets": _streets(round_, scope, covered),
        "steps": _steps(round_),
    }
    context["names"] = _names(context)
    if round_.state in (State.READY, State.DRAFT):
        context["backlog"] = lifecycle.backlog(round_)
        context["backlog_digest"] = lifecycle.backlog_digest(context["backlog"])
    if round_.state in (State.RUNNING, State.CLOSING):
        context["close"] = readiness.findings("close", round_)
    return context | _forms(round_, scope, at, context["streets"], failed, form)


def _names(context: dict[str, Any]) -> dict[str, str]:
    """What people call everybody whom the page names."""
    acts = [*context["changes"], *context["extensions"]]
    items = [each["item"] for rows in context["checklist"].values() for each in rows]
    return names_of(
        [act.by for act in acts]
        + [item.done_by for item in items if item.done_by]
        + [version["row"].frozen_by for version in context["versions"]]
    )


def _forms(
    round_: Round, scope: Scope, at: datetime, streets: list[dict[str, Any]], failed: str,
    form: Form | None,
) -> dict[str, Any]:  # fmt: skip
    made: dict[str, Form] = {
        "shape": forms.RoundShape(
            initial={f: getattr(round_, f) for f in forms.RoundShape.base_fields}
        ),
        "zone": forms.ZoneForm(scope=scope, initial={"pool_size": 1}),
        "deadline": forms.DeadlinesForm(scope=scope, initial=_hours(round_)),
        "extend": forms.ExtendForm(initial={"to_end": round_.planned_end_at}),
        "item": forms.ItemForm(),
        "freeze": forms.FreezeForm(),
        "step": forms.StepForm(initial={"late_data_until": at + LATE_WINDOW}),
    }
    if form is not None and failed in made and isinstance(form, type(made[failed])):
        made[failed] = form
    # The tree's own rows: asking for a thousand divisions once more for each select shows.
    communities = [each["row"] for street in streets for each in street["communities"]]
    made["deadline"].fields["communities"].widget.choices = _choices(communities)
    rows = [street["row"] for street in streets] + communities
    made["zone"].fields["divisions"].widget.choices = _choices(rows)
    return {f"{name}_form": value for name, value in made.items()}


def _choices(divisions: list[Division]) -> list[tuple[int, str]]:
    return [(division.pk, division.name) for division in divisions]


def _hours(round_: Round) -> dict[str, int]:
    """The deadlines as they stand, as hours from the start, for the form."""
    hours = {
        f"{row.level}_hours": round((row.due_at - round_.starts_at).total_seconds() / 3600)
        for row in round_.deadlines.all()
    }
    return hours or {"community_hours": 12, "street_hours": 24, "district_hours": 48}


def _deadlines(round_: Round, at: datetime) -> list[dict[str, Any]]:
    rows = round_.deadlines.select_related("division").order_by("due_at", "division__code")
    return [{"row": row, "passed": row.due_at < at} for row in rows]


def _checklist(round_: Round, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Items by phase; `days_late` counts whole days past the due time, also of settled ones."""
    out: dict[str, list[dict[str, Any]]] = {"start": [], "close": []}
    for item in round_.checklist.order_by("due_at", "pk"):
        end = item.done_at or at
        late = (end - item.due_at) if item.due_at and end > item.due_at else None
        out[item.phase].append({"item": item, "late": late, "days_late": late.days if late else 0})
    return out


def _versions(round_: Round) -> list[dict[str, Any]]:
    """Target versions, newest first, each with its sums and its difference from the one before."""
    out: list[dict[str, Any]] = []
    for version in round_.target_versions.order_by("version").prefetch_related("targets"):
        target = sum(row.target for row in version.targets.all())
        before = out[-1]["target"] if out else None
        out.append(
            {
                "row": version,
                "registered": sum(row.registered for row in version.targets.all()),
                "exempt": sum(row.exempt for row in version.targets.all()),
                "target": target,
                "change": None if before is None else target - before,
            }
        )
    return out[::-1]


def _streets(round_: Round, scope: Scope, covered: set[int]) -> list[dict[str, Any]]:
    """The tree for the area's boxes: streets with their communities, and which are chosen."""
    chosen = set(round_.areas.values_list("division_id", flat=True))
    rows = (
        Division.objects.within(scope)
        .current()
        .filter(district_id=round_.campaign.district_id, level__in=[Level.STREET, Level.COMMUNITY])
        .only("name", "code", "level", "street_id", "population", "population_is_estimate")
    )
    streets: dict[int, dict[str, Any]] = {}
    communities = []
    for row in rows.order_by("code"):
        shown = {"row": row, "chosen": row.pk in chosen, "covered": row.pk in covered}
        if row.level == Level.STREET:
            streets[row.pk] = shown | {"communities": []}
        else:
            communities.append(shown)
    for shown in communities:
        if street := streets.get(shown["row"].street_id):
            street["communities"].append(shown)
    for street in streets.values():
        inside = [each["covered"] for each in street["communities"]]
        street["covered"] = sum(inside)
        street["open"] = any(each["chosen"] for each in street["communities"])
    return list(streets.values())


def _steps(round_: Round) -> list[str]:
    """States that the round can go to from here; a pre-made plan goes nowhere."""
    if round_.is_template:
        return []
    return [state for state in State.values if state in lifecycle.TRANSITIONS[round_.state]]
