"""What the page of a round shows: plan, arithmetic, conditions, history, and the forms."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Sum
from django.forms import Form

from campaigns import forms, readiness
from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from campaigns.permissions import can_approve_round, can_plan_round
from campaigns.plan import provisions
from campaigns.queries.planning import Plan, homes_covered, plan_of
from campaigns.services import lifecycle
from core import clock
from core.actors import names_of
from core.choices import Ready
from core.scope import Scope

LATE_WINDOW = timedelta(hours=6)
State = Round.State


class Box(NamedTuple):
    """A division of the area's tree: named by the round, covered by it through any name."""

    pk: int
    name: str
    chosen: bool
    covered: bool


def round_context(
    round_: Round, scope: Scope, *, failed: str = "", form: Form | None = None
) -> dict[str, Any]:
    """Everything the page needs; `failed` names the section whose `form` was refused."""
    at = clock.now()
    may_plan = can_plan_round(scope)
    may_change = may_plan and round_.state == State.DRAFT
    covered = homes_covered(round_)
    plan = plan_of(round_, covered)
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
        "checklist": _checklist(round_, at),
        "versions": _versions(round_),
        "changes": round_.changes.order_by("-at", "-pk"),
        "extensions": round_.extensions.order_by("-at", "-pk"),
        "zones": plan.zones,
        "streets": _streets(round_, scope, {home.community_id for home in covered}, form),
        "steps": _steps(round_),
    }
    context["names"] = _names(context)
    # What the next step asks is read only where that step is to come.
    if round_.state in (State.DRAFT, State.READY) and not round_.is_template:
        context["start"] = readiness.findings("start", round_)
    if round_.state == State.READY:
        context["backlog"] = lifecycle.backlog(round_)
        context["backlog_digest"] = lifecycle.backlog_digest(context["backlog"])
    if round_.state in (State.RUNNING, State.CLOSING):
        context["close"] = readiness.findings("close", round_)
    forms_ = _forms(round_, scope, at, plan, failed, form)
    if may_change:
        _offer(forms_, context["streets"])
    return context | forms_


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
    round_: Round, scope: Scope, at: datetime, plan: Plan, failed: str, form: Form | None
) -> dict[str, Form]:
    made: dict[str, Form] = {
        "shape": forms.RoundShape(
            initial={f: getattr(round_, f) for f in forms.RoundShape.base_fields}
        ),
        "zone": forms.ZoneForm(scope=scope, initial={"pool_size": 1}),
        "deadline": forms.DeadlinesForm(scope=scope, initial=_hours(plan)),
        "extend": forms.ExtendForm(initial={"to_end": round_.planned_end_at}),
        "item": forms.ItemForm(),
        "freeze": forms.FreezeForm(),
        "step": forms.StepForm(initial={"late_data_until": at + LATE_WINDOW}),
    }
    if form is not None and failed in made and isinstance(form, type(made[failed])):
        made[failed] = form
    return {f"{name}_form": value for name, value in made.items()}


def _offer(made: dict[str, Form], streets: list[dict[str, Any]]) -> None:
    """Offer the tree's own rows: asking for a thousand divisions anew for each select shows."""
    communities = [box[:2] for street in streets for box in street["communities"]]
    rows = [street["box"][:2] for street in streets] + communities
    made["deadline_form"].fields["communities"].widget.choices = Ready(communities)
    made["zone_form"].fields["divisions"].widget.choices = Ready(rows)


def _hours(plan: Plan) -> dict[str, int]:
    """The deadlines as they stand, as hours from the start, for the form."""
    hours = {f"{due.level}_hours": round(due.hours) for due in plan.dues}
    return hours or {"community_hours": 12, "street_hours": 24, "district_hours": 48}


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
    versions = round_.target_versions.order_by("version").annotate(
        **{name: Sum(f"targets__{name}", default=0) for name in ("registered", "exempt", "target")}
    )
    for version in versions:
        sums = {name: getattr(version, name) for name in ("registered", "exempt", "target")}
        change = sums["target"] - out[-1]["target"] if out else None
        out.append({"row": version, "change": change, **sums})
    return out[::-1]


def _streets(
    round_: Round, scope: Scope, covered: set[int], form: Form | None
) -> list[dict[str, Any]]:
    """The tree for the area's boxes: streets with their communities, and which are chosen.

    A refused form of the area keeps the boxes as they were ticked.
    """
    if isinstance(form, forms.AreaForm):
        chosen = form.ticked
    else:
        chosen = set(round_.areas.values_list("division_id", flat=True))
    rows = (
        Division.objects.within(scope)
        .current()
        .filter(district_id=round_.campaign.district_id, level__in=[Level.STREET, Level.COMMUNITY])
        .order_by("code")
        .values_list("pk", "name", "level", "street_id", "population", "population_is_estimate")
    )
    streets: dict[int, dict[str, Any]] = {}
    communities: dict[int | None, list[Box]] = defaultdict(list)
    for pk, name, level, street_id, people, is_estimate in rows:
        box = Box(pk, name, pk in chosen, pk in covered)
        if level == Level.STREET:
            streets[pk] = {"box": box, "population": people, "is_estimate": is_estimate}
        else:
            communities[street_id].append(box)
    for pk, street in streets.items():
        street["communities"] = communities[pk]
        street["covered"] = sum(box.covered for box in communities[pk])
        street["open"] = any(box.chosen for box in communities[pk])
    return list(streets.values())


def _steps(round_: Round) -> list[str]:
    """States that the round can go to from here; a pre-made plan goes nowhere."""
    if round_.is_template:
        return []
    return [state for state in State.values if state in lifecycle.TRANSITIONS[round_.state]]
