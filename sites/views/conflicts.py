"""The conflict list: two accounts of one thing, waiting for a person's decision."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.pages import page_or_partial
from core.query import query_choice, query_number, refuse_unknown_query
from sites.forms import DecisionForm
from sites.models import Conflict
from sites.models.worklist import ConflictQuerySet
from sites.permissions import (
    can_decide_conflict,
    check_can_decide_conflict,
    check_can_see_conflicts,
)
from sites.services.conflicts import decide_conflict
from sites.views.casework import cases

PAGE_SIZE = 20
LISTS = {"open": _("Conflicts"), "twice": _("Swabbed twice"), "decided": _("Decided")}
TWICE = Conflict.Code.DUPLICATE_PERSON
FILTERS = ("list", "kind", "street", "unit", "page")


@never_cache
@require_safe
def conflicts_page(request: HttpRequest) -> HttpResponse:
    """Open conflicts of one's area, oldest first; people swabbed twice are a list of their own."""
    check_can_see_conflicts(request.scope)
    refuse_unknown_query(request, FILTERS)
    return _page(request, DecisionForm(), _choice(request))


@require_POST
def conflict_decide(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Do what was chosen, record why, then come back to the same list."""
    check_can_decide_conflict(request.scope)
    form = DecisionForm(request.POST)

    def act(data: dict[str, Any]) -> None:
        choice, announced = form.chosen
        decide_conflict(
            conflict_id=conflict_id,
            decision=data["decision"],
            choice=choice,
            tube=data["tube"],
            announced=announced,
            **who(request),
        )

    if accepted(form, act):
        return HttpResponseRedirect(_back(request))
    wish = _list_of(request, conflict_id)
    return _page(request, form, wish, failed=conflict_id, status=422)


def _back(request: HttpRequest) -> str:
    """The list as it was filtered; never somewhere else."""
    here = reverse("sites:conflicts")
    back = request.POST.get("back", "")
    if back.startswith(f"{here}?") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return here


def _choice(request: HttpRequest) -> dict[str, Any]:
    """The filters of the address, each refused where it names nothing."""
    return {
        "list": query_choice(request, "list", tuple(LISTS), default="open"),
        "kind": query_choice(request, "kind", ("", *Conflict.Code.values), default=""),
        "street": query_number(request, "street"),
        "unit": query_number(request, "unit"),
        "page": request.GET.get("page"),
    }


def _list_of(request: HttpRequest, conflict_id: int) -> dict[str, Any]:
    """After a refusal: the list that holds this very conflict."""
    found = Conflict.objects.within(request.scope).filter(pk=conflict_id)
    code = found.values_list("code", flat=True).first()
    return {"list": "twice" if code == TWICE else "open", "pk": conflict_id}


def _found(request: HttpRequest, wish: dict[str, Any]) -> ConflictQuerySet:
    found: Any = Conflict.objects.within(request.scope)
    if wish["list"] == "decided":
        found = found.filter(decided_at__isnull=False).order_by("-decided_at", "-pk")
    else:
        found = found.open().order_by("raised_at", "pk")
        twice = wish["list"] == "twice"
        found = found.filter(code=TWICE) if twice else found.exclude(code=TWICE)
    return _narrowed(found, wish, ("kind", "street", "unit", "pk"))


def _narrowed(found: Any, wish: dict[str, Any], names: tuple[str, ...]) -> Any:
    columns = {"kind": "code", "street": "street_id", "unit": "unit_id", "pk": "pk"}
    return found.filter(**{columns[name]: wish[name] for name in names if wish.get(name)})


def _page(
    request: HttpRequest,
    form: DecisionForm,
    wish: dict[str, Any],
    *,
    failed: int | None = None,
    status: int = 200,
) -> HttpResponse:
    page = Paginator(_found(request, wish), PAGE_SIZE).get_page(wish.get("page"))
    kept = {name: wish[name] for name in FILTERS[:-1] if wish.get(name)}
    query = urlencode(kept)
    listed = list(page)
    context = {
        "rows": cases(listed, scope=request.scope),
        "names": names_of({c.decided_by for c in listed if c.decided_by}),
        "page": page,
        "form": form,
        "failed": failed,
        "may_decide": can_decide_conflict(request.scope) and wish["list"] != "decided",
        "as_of": clock.now(),
        "wish": wish,
        "lists": _lists(request, wish),
        "kinds": [(code.value, code.label) for code in Conflict.Code if code != TWICE],
        "streets": Division.objects.streets().within(request.scope).order_by("code"),
        "query": f"{query}&" if query else "",
        "back": f"{reverse('sites:conflicts')}?{query}" if query else "",
    }
    return page_or_partial(
        request, "sites/conflicts.html", "sites/partials/conflicts.html", context, status=status
    )


def _lists(request: HttpRequest, wish: dict[str, Any]) -> list[dict[str, Any]]:
    """The tabs with how much waits in each."""
    waiting = _narrowed(
        Conflict.objects.within(request.scope).open(), wish, ("street", "unit")
    ).order_by()
    counts: dict[str, int] = dict(waiting.values_list("code").annotate(n=Count("pk")))
    twice = counts.get(TWICE, 0)
    waits = {"open": sum(counts.values()) - twice, "twice": twice}
    return [
        {"name": name, "word": word, "count": waits.get(name), "current": name == wish["list"]}
        for name, word in LISTS.items()
    ]
