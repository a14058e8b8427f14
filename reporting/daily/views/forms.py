"""Report forms: what is asked, when, and by which checks; changed without a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Division, Round
from core import clock
from core.acts import accepted, attempt, who
from core.query import refuse_unknown_query
from core.scope import Scope
from reporting.daily.forms.questions import (
    CheckForm,
    ColumnForm,
    FormTimesForm,
    MoveForm,
    NewColumnForm,
    RoundTimesForm,
)
from reporting.daily.models import Cutoff, FormTimes, ReportCheck, ReportColumn, ReportForm
from reporting.daily.permissions import check_can_manage_forms
from reporting.daily.services import forms, times

INVALID = 422
UNFINISHED = (Round.State.DRAFT, Round.State.READY, Round.State.RUNNING, Round.State.CLOSING)


@never_cache
@require_safe
def forms_page(request: HttpRequest) -> HttpResponse:
    """The forms of one's districts; a district without any gets those of the norm by a button."""
    check_can_manage_forms(request.scope)
    refuse_unknown_query(request, ())
    found = ReportForm.objects.within(request.scope).select_related("district")
    listed = list(found.order_by("district__code", "pk"))
    districts = Division.objects.filter(pk__in=sorted(request.scope.districts)).order_by("code")
    having = {form.district_id for form in listed}
    context = {
        "forms": listed,
        "without": [district for district in districts if district.pk not in having],
    }
    return render(request, "daily/forms.html", context)


@require_POST
def forms_builtin(request: HttpRequest, district_id: int) -> HttpResponse:
    """Give a district the forms of the norm."""
    check_can_manage_forms(request.scope)
    if district_id not in request.scope.districts:
        raise Http404
    by_whom = {name: value for name, value in who(request).items() if name != "scope"}
    forms.add_builtin_forms(district_id=district_id, **by_whom)
    messages.success(request, _("The forms of the norm are in use from the next cut-off on."))
    return HttpResponseRedirect(reverse("daily:forms"))


@never_cache
@require_safe
def form_page(request: HttpRequest, form_id: int) -> HttpResponse:
    """One form: its times, columns and checks, and times set for one round."""
    check_can_manage_forms(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _form(request.scope, form_id))


@require_POST
def form_times(request: HttpRequest, form_id: int) -> HttpResponse:
    """Set the form's own times, for cut-offs that are not open yet."""
    return _change(
        request, form_id, "times",
        lambda data, asked: forms.set_times(form_id=form_id, **data, **who(request)),
    )  # fmt: skip


@require_POST
def round_times(request: HttpRequest, form_id: int) -> HttpResponse:
    """Set other times in one round."""

    def act(data: dict[str, Any], asked: ReportForm) -> Any:
        chosen = {"cutoff_minute": asked.cutoff_minute} | data
        round_ = chosen.pop("round")
        return times.set_round_times(form_id=form_id, round_id=round_.pk, **chosen, **who(request))

    return _change(request, form_id, "round_times", act)


@require_POST
def round_times_clear(request: HttpRequest, form_id: int, round_id: int) -> HttpResponse:
    """Give a round the form's own times again."""
    check_can_manage_forms(request.scope)
    asked = _form(request.scope, form_id)
    times.clear_round_times(form_id=asked.pk, round_id=round_id, **who(request))
    return _done(request, asked, "round-times")


@require_POST
def cutoff_move(request: HttpRequest, cutoff_id: int) -> HttpResponse:
    """Set another due time for one cut-off that is not due yet, with a reason."""
    check_can_manage_forms(request.scope)
    cutoff = get_object_or_404(Cutoff.objects.within(request.scope), pk=cutoff_id)
    form = MoveForm(request.POST)
    done = accepted(
        form, lambda data: times.move_cutoff(cutoff_id=cutoff.pk, **data, **who(request))
    )
    asked = _form(request.scope, cutoff.form_id)
    if done:
        return _done(request, asked, "open")
    return _page(request, asked, Bound(move=form, moved=cutoff.pk), status=INVALID)


@require_POST
def column_add(request: HttpRequest, form_id: int) -> HttpResponse:
    """Ask one thing more, from the next cut-off that opens."""
    return _change(
        request, form_id, "column",
        lambda data, asked: forms.add_column(form_id=form_id, **data, **who(request)),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def column_page(request: HttpRequest, column_id: int) -> HttpResponse:
    """Rename or move a column, or change how it is filled."""
    check_can_manage_forms(request.scope)
    column = _column(request.scope, column_id)
    names = list(ColumnForm.base_fields)
    form = ColumnForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(column, name) for name in names},
    )

    def act(data: dict[str, Any]) -> ReportColumn:
        return forms.change_column(column_id=column.pk, **data, **who(request))

    if request.method == "POST" and accepted(form, act):
        return _done(request, column.form, "columns")
    status = INVALID if request.method == "POST" else 200
    context = {"column": column, "form": form}
    return render(request, "daily/form_column.html", context, status=status)


@require_POST
def column_retire(request: HttpRequest, column_id: int) -> HttpResponse:
    """Ask it no longer from the next cut-off on."""
    check_can_manage_forms(request.scope)
    column = _column(request.scope, column_id)
    attempt(lambda: forms.retire_column(column_id=column.pk, **who(request))).value  # noqa: B018
    return _done(request, column.form, "columns")


@require_POST
def check_add(request: HttpRequest, form_id: int) -> HttpResponse:
    """Add a rule."""
    return _change(
        request, form_id, "check",
        lambda data, asked: forms.add_check(form_id=form_id, **data, **who(request)),
    )  # fmt: skip


@require_POST
def check_remove(request: HttpRequest, check_id: int) -> HttpResponse:
    """Drop a rule."""
    check_can_manage_forms(request.scope)
    checks = ReportCheck.objects.filter(form__in=ReportForm.objects.within(request.scope))
    check = get_object_or_404(checks.select_related("form"), pk=check_id)
    forms.remove_check(check_id=check.pk, **who(request))
    return _done(request, check.form, "checks")


@dataclass
class Bound:
    """The one form on the page that was refused, with what was typed; the others are fresh."""

    forms: dict[str, Form] = field(default_factory=dict)
    move: MoveForm | None = None
    moved: int | None = None


def _change(
    request: HttpRequest,
    form_id: int,
    name: str,
    act: Callable[[dict[str, Any], ReportForm], Any],
) -> HttpResponse:
    """One of the page's own forms: done and back, or the page with what was typed."""
    check_can_manage_forms(request.scope)
    asked = _form(request.scope, form_id)
    form = _makers(asked)[name](request.POST)
    if accepted(form, lambda data: act(data, asked)):
        return _done(request, asked, ANCHORS[name])
    return _page(request, asked, Bound({name: form}), status=INVALID)


ANCHORS = {"times": "times", "round_times": "round-times", "column": "columns", "check": "checks"}


def _makers(asked: ReportForm) -> dict[str, Callable[..., Form]]:
    """How each form of the page is made, empty or with what was typed."""
    rounds = Round.objects.filter(
        campaign__district=asked.district_id, state__in=UNFINISHED, is_template=False
    ).order_by("-starts_at")
    columns = asked.columns.filter(retired_at__isnull=True)
    return {
        "times": lambda *data: FormTimesForm(*data, form=asked),
        "round_times": lambda *data: RoundTimesForm(
            *data, form=asked, rounds=rounds.select_related("campaign"), prefix=None
        ),
        "column": lambda *data: NewColumnForm(*data, auto_id="id_new_%s"),
        "check": lambda *data: CheckForm(*data, columns=columns, auto_id="id_check_%s"),
    }


def _form(scope: Scope, form_id: int) -> ReportForm:
    return get_object_or_404(
        ReportForm.objects.within(scope).select_related("district"), pk=form_id
    )


def _column(scope: Scope, column_id: int) -> ReportColumn:
    columns = ReportColumn.objects.filter(form__in=ReportForm.objects.within(scope))
    return get_object_or_404(columns.select_related("form"), pk=column_id)


def _done(request: HttpRequest, asked: ReportForm, anchor: str) -> HttpResponse:
    messages.success(request, _("Done."))
    url = reverse("daily:form", args=[asked.pk])
    return HttpResponseRedirect(f"{url}#{anchor}")


def _page(
    request: HttpRequest, asked: ReportForm, bound: Bound | None = None, *, status: int = 200
) -> HttpResponse:
    bound = bound or Bound()
    at = clock.now()
    shown = {f"{name}_form": bound.forms.get(name) or make()
             for name, make in _makers(asked).items()}  # fmt: skip
    open_cutoffs = Cutoff.objects.filter(form=asked, due_at__gte=at).select_related("round")
    context = shown | {
        "asked": asked,
        "columns": list(asked.columns.all()),
        "checks": list(asked.checks.select_related("column", "other").order_by("column", "pk")),
        "own_times": FormTimes.objects.filter(form=asked).select_related("round__campaign"),
        "open": [_movable(cutoff, bound) for cutoff in open_cutoffs.order_by("due_at")],
        "refused": next(iter(bound.forms.values()), bound.move),
        "at": at,
    }
    return render(request, "daily/form.html", context, status=status)


def _movable(cutoff: Cutoff, bound: Bound) -> tuple[Cutoff, MoveForm]:
    if bound.moved == cutoff.pk and bound.move is not None:
        return cutoff, bound.move
    known = {"due_at": cutoff.due_at, "lock_at": cutoff.lock_at}
    return cutoff, MoveForm(initial=known, auto_id=f"id_{cutoff.pk}_%s")
