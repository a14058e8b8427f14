"""The operator's lists of alerts: open, mine, snoozed, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of
from core.pages import page_or_partial
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.alerts.forms.handling import AcknowledgeForm
from reporting.alerts.permissions import (
    can_handle_alert,
    can_manage_alert_rules,
    check_can_see_alerts,
)
from reporting.alerts.queries import lists

TABS = {
    "open": _("To be seen to"),
    "mine": _("Mine"),
    "snoozed": _("Snoozed"),
    "closed": _("Closed"),
}
PAGE_SIZE = 40


@never_cache
@require_safe
def alerts_page(request: HttpRequest) -> HttpResponse:
    """What stands in one's area, by street, worst first; the list renews itself."""
    scope = request.scope
    check_can_see_alerts(scope)
    refuse_unknown_query(request, ("tab", "page"))
    tab = query_choice(request, "tab", tuple(TABS), default="open")
    query_number(request, "page", minimum=1)
    now = clock.now()
    counts = lists.counts(scope)
    rounds = lists.visible_rounds(scope).taking_samples()
    context = {
        "tab": tab,
        "tabs": [
            {"name": name, "word": word, "count": counts.get(name), "current": name == tab}
            for name, word in TABS.items()
        ],
        "as_of": now,
        "run": lists.run_state(rounds),
        "rate": lists.alarm_rate(scope, now=now),
        "may_handle": can_handle_alert(scope),
        "may_manage": can_manage_alert_rules(scope),
        "form": AcknowledgeForm(auto_id=False, initial={"whole_group": True}),
        **_rows(request, scope, tab, now),
    }
    return page_or_partial(request, "alerts/alerts.html", "alerts/alert_list.html", context)


def _rows(request: HttpRequest, scope: Scope, tab: str, now: datetime) -> dict[str, Any]:
    if tab == "closed":
        page = Paginator(lists.closed(scope), PAGE_SIZE).get_page(request.GET.get("page"))
        alerts = list(page)
        streets = Division.objects.in_bulk({a.street_id for a in alerts if a.street_id})
        actors = {a.ended_by for a in alerts} | {a.owner for a in alerts if a.owner}
        rows = [
            {
                "line": lists.line(alert, scope),
                "title": lists.title_of(alert.detector),
                "street": streets.get(alert.street_id or 0),
            }
            for alert in alerts
        ]
        return {"page": page, "rows": rows, "names": names_of(actors), "query": "tab=closed&"}
    find = {"open": lists.standing, "mine": lists.owned, "snoozed": lists.snoozed}[tab]
    streets_found = find(scope, now=now)
    owners = {
        owner for street in streets_found for group in street.groups for owner in group.owners
    }
    keys = [group.key for street in streets_found for group in street.groups]
    return {"streets": streets_found, "names": names_of(owners), "keys": " ".join(keys)}
