"""The rules of a district: what is watched, from which figure on, and what it would have meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Division, Round
from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.query import query_number, refuse_unknown_query
from reporting.alerts.detectors import Detector, detector
from reporting.alerts.forms.rules import RuleForm
from reporting.alerts.models import AlertRule
from reporting.alerts.permissions import check_can_manage_alert_rules
from reporting.alerts.queries import lists
from reporting.alerts.queries import rules as queries
from reporting.alerts.queries.backtest import Episode, Replay, replay, window_of
from reporting.alerts.services.rules import change_rule

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """One time a rule would have fired, in words."""

    start: datetime
    seen: datetime
    street: str
    words: str
    lasts: bool


@never_cache
@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """All rules of the district, with how often each fired in the round so far."""
    check_can_manage_alert_rules(request.scope)
    refuse_unknown_query(request, ("district",))
    districts = _districts(request)
    district = _chosen(request, districts)
    round_ = _round_of(request, district)
    rows = queries.rule_rows(district.pk, round_, now=clock.now())
    context = {
        "rows": rows,
        "district": district,
        "districts": districts,
        "round": round_,
        "names": names_of({row.rule.changed_by for row in rows if row.rule.pk}),
        "as_of": clock.now(),
    }
    return render(request, "alerts/rules.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rule_page(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: try a threshold on the round so far, then save it."""
    check_can_manage_alert_rules(request.scope)
    refuse_unknown_query(request, ("district", "try"))
    found = detector(code)
    if found is None:
        raise Http404
    district = _chosen(request, _districts(request))
    rule = queries.rule_of(district.pk, found, now=clock.now())
    if request.method != "POST":
        wish = query_number(request, "try", minimum=found.minimum, maximum=found.maximum)
        tried = rule.threshold if wish is None else wish
        form = RuleForm(found=found, rule=rule)
        form.initial["threshold"] = tried
        return _page(request, found, rule, district, form, tried)
    form = RuleForm(request.POST, found=found, rule=rule)

    def act(data: dict[str, Any]) -> AlertRule:
        actor = who(request)
        return change_rule(district=district, code=code, by=actor["by"], at=actor["at"], **data)

    done = accepted(form, act, fields={"rule_changed": "threshold"})
    if not done:
        return _page(request, found, rule, district, form, rule.threshold, status=422)
    messages.success(request, _("Saved. The next run of the rules goes by it."))
    return HttpResponseRedirect(f"{reverse('alerts:rules')}?district={district.pk}")


def _page(
    request: HttpRequest,
    found: Detector,
    rule: AlertRule,
    district: Division,
    form: RuleForm,
    tried: int,
    *,
    status: int = 200,
) -> HttpResponse:
    round_ = _round_of(request, district)
    result = None
    if round_ is not None and found.replays:
        since, until = window_of(round_, clock.now())
        if since < until:
            others = queries.rules_by_code(district.pk)
            result = replay(round_, found, tried, since=since, until=until, others=others)
    context = {
        "found": found,
        "rule": rule,
        "district": district,
        "round": round_,
        "form": form,
        "tried": tried,
        "result": result,
        "times": _times(result, found) if result else [],
        "hidden": max(result.alerts - SHOWN, 0) if result else 0,
        "as_of": clock.now(),
    }
    return render(request, "alerts/rule.html", context, status=status)


def _times(result: Replay, found: Detector) -> list[Shown]:
    episodes = result.episodes[-SHOWN:]
    ids = {e.condition.street_id for e in episodes if e.condition.street_id is not None}
    streets = {pk: street.spoken for pk, street in Division.objects.in_bulk(ids).items()}
    return [_shown(episode, found, streets, result) for episode in reversed(episodes)]


def _shown(episode: Episode, found: Detector, streets: dict[int, str], result: Replay) -> Shown:
    worst = episode.worst
    return Shown(
        start=episode.start,
        seen=episode.seen,
        street=streets.get(worst.street_id or 0, ""),
        words=found.words({**worst.params, "value": worst.value}),
        lasts=not episode.ended,
    )


def _districts(request: HttpRequest) -> list[Division]:
    ids = request.scope.districts
    return list(Division.objects.filter(pk__in=ids, level="district").order_by("code"))


def _chosen(request: HttpRequest, districts: list[Division]) -> Division:
    """The district of ``?district=``, else the first of one's own."""
    wish = query_number(request, "district")
    found = next((each for each in districts if wish in (None, each.pk)), None)
    if found is None:
        raise Http404
    return found


def _round_of(request: HttpRequest, district: Division) -> Round | None:
    """The round a threshold is tried on: the one that runs, else the last one."""
    rounds = lists.visible_rounds(request.scope).filter(campaign__district=district)
    return rounds.taking_samples().first() or rounds.first()
