"""The district's own lists: bodies, categories, qualifications, roles, staffing norms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core.acts import accepted, who
from core.query import refuse_unknown_query
from personnel.builtin import words_of_source
from personnel.forms.staff_lists import (
    BodyForm,
    CategoryForm,
    KindForm,
    NormForm,
    RoleForm,
    TermForm,
)
from personnel.models import (
    DutyRole,
    Organisation,
    QualificationKind,
    SourceCategory,
    StaffingNorm,
)
from personnel.permissions import (
    can_manage_staff,
    can_manage_staff_lists,
    check_can_manage_staff,
    check_can_manage_staff_lists,
    check_can_see_staff,
)
from personnel.queries.terms import Lists
from personnel.services import organisations
from personnel.services.norms import set_staffing_norm
from personnel.services.terms import add_builtin_terms, add_term, change_term
from personnel.views.staff import private
from sites.forms.fields import id_of


@dataclass(frozen=True)
class TermList:
    """One of the district's lists of words."""

    code: str
    title: Any
    model: Any
    form: type[TermForm]
    fields: tuple[str, ...]


TERM_LISTS = {
    each.code: each
    for each in (
        TermList(
            "categories", gettext_lazy("Source categories"), SourceCategory, CategoryForm,
            ("name", "name_en", "medical"),
        ),
        TermList(
            "kinds", gettext_lazy("Qualifications"), QualificationKind, KindForm,
            ("name", "name_en", "valid_days"),
        ),
        TermList(
            "roles", gettext_lazy("Roles on duty"), DutyRole, RoleForm,
            ("name", "name_en", "function", "in_ppe"),
        ),
    )
}  # fmt: skip


@require_safe
def lists_page(request: HttpRequest) -> HttpResponse:
    """The district's own lists."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("edit",))
    return _page(request)


@require_POST
def lists_begin(request: HttpRequest) -> HttpResponse:
    """Give the district the usual rows that it does not have yet."""
    check_can_manage_staff_lists(request.scope)
    mine = who(request)
    added = 0
    for district in sorted(request.scope.districts):
        added += add_builtin_terms(district_id=district, by=mine["by"], at=mine["at"])
    messages.success(request, _("%(rows)s rows added.") % {"rows": added})
    return HttpResponseRedirect(reverse("staff:lists"))


@require_POST
def body_add(request: HttpRequest) -> HttpResponse:
    """A new body; a street's official adds those of the street."""
    check_can_manage_staff(request.scope)
    lists = Lists(request.scope)
    form = BodyForm(request.POST, lists=lists, new=True)
    done = accepted(
        form,
        lambda _d: organisations.add_organisation(
            district_id=lists.districts[0], body=form.body(), **who(request)
        ),
    )
    return _done("bodies") if done else _page(request, faulty=("bodies", None, form))


@require_POST
def body_change(request: HttpRequest, body_id: int) -> HttpResponse:
    """Rename a body, change its telephone, or close it."""
    check_can_manage_staff(request.scope)
    body = get_object_or_404(Organisation.objects.within(request.scope), pk=body_id)
    form = BodyForm(request.POST, lists=Lists(request.scope))
    done = accepted(
        form,
        lambda data: organisations.change_organisation(
            organisation_id=body.pk, body=form.body(), closed=data["closed"], **who(request)
        ),
    )
    return _done("bodies") if done else _page(request, faulty=("bodies", body.pk, form))


@require_POST
def term_add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new row of a list."""
    check_can_manage_staff_lists(request.scope)
    listed = _list(kind)
    form = listed.form(request.POST, lists=Lists(request.scope), new=True)
    district = min(request.scope.districts)
    done = accepted(
        form,
        lambda _d: add_term(
            model=listed.model, district_id=district, values=form.values(), **who(request)
        ),
        otherwise="code",
    )
    return _done(kind) if done else _page(request, faulty=(kind, None, form))


@require_POST
def term_change(request: HttpRequest, kind: str, term_id: int) -> HttpResponse:
    """Other words for a row, or what goes with it."""
    check_can_manage_staff_lists(request.scope)
    listed = _list(kind)
    row = get_object_or_404(listed.model.objects.within(request.scope), pk=term_id)
    form = listed.form(request.POST, lists=Lists(request.scope))
    done = accepted(
        form,
        lambda _d: change_term(
            model=listed.model, term_id=row.pk, values=form.values(), **who(request)
        ),
    )
    return _done(kind) if done else _page(request, faulty=(kind, row.pk, form))


@require_POST
def norm_set(request: HttpRequest) -> HttpResponse:
    """How many of a role each unit or point needs."""
    check_can_manage_staff_lists(request.scope)
    form = NormForm(request.POST, lists=Lists(request.scope))
    done = accepted(
        form,
        lambda data: set_staffing_norm(
            role_id=data["role"],
            per=data["per"],
            people=data["people"],
            source=data["source"],
            **who(request),
        ),
    )
    return _done("norms") if done else _page(request, faulty=("norms", None, form))


def _list(kind: str) -> TermList:
    if kind not in TERM_LISTS:
        raise Http404
    return TERM_LISTS[kind]


def _done(anchor: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('staff:lists')}#{anchor}")


Faulty = tuple[str, int | None, Any]


def _page(request: HttpRequest, *, faulty: Faulty | None = None) -> HttpResponse:
    """The lists. One row at a time has a form: the one that is asked for, or that was refused."""
    lists = Lists(request.scope)
    edit = faulty[:2] if faulty else _asked(request)
    context = {
        "bodies": _bodies(request, lists, edit, faulty),
        "body_form": _kept(faulty, "bodies", None) or BodyForm(lists=lists, new=True),
        "sections": [_section(each, lists, edit, faulty) for each in TERM_LISTS.values()],
        "norms": _norms(lists),
        "norm_form": _norm_form(lists, edit, faulty),
        "faulty": faulty[2] if faulty else None,
        "adding": edit[0] if edit[0] == "norms" or (faulty and faulty[1] is None) else "",
        "may_keep_lists": can_manage_staff_lists(request.scope),
        "may_add_bodies": can_manage_staff(request.scope),
    }
    status = 422 if faulty else 200
    return private(render(request, "personnel/staff/lists.html", context, status=status))


def _asked(request: HttpRequest) -> tuple[str, int | None]:
    """The row to change, as in `?edit=roles-12`."""
    code, _sep, number = request.GET.get("edit", "").partition("-")
    return code, id_of(number)


@dataclass(frozen=True)
class ListRow:
    """A row of a list; `form` if it is being changed, `mine` if it may be."""

    row: Any
    form: Any = None
    mine: bool = True


def _bodies(
    request: HttpRequest, lists: Lists, edit: tuple[str, int | None], faulty: Faulty | None
) -> list[ListRow]:
    scope = request.scope
    found = Organisation.objects.filter(district_id__in=lists.districts)
    own = found.within(scope)
    if not scope.districts:
        found = own | found.filter(street_id__isnull=True)
    mine = set(own.values_list("pk", flat=True)) if can_manage_staff(scope) else set()
    rows = []
    for body in found.order_by("position", "code"):
        form = None
        if body.pk in mine and edit == ("bodies", body.pk):
            names = ("name", "name_en", "code", "kind", "phone")
            initial = {name: getattr(body, name) for name in names}
            initial |= {"street": body.street_id, "closed": body.closed_at is not None}
            form = _kept(faulty, "bodies", body.pk) or BodyForm(lists=lists, initial=initial)
        rows.append(ListRow(body, form, body.pk in mine))
    return rows


def _section(
    listed: TermList, lists: Lists, edit: tuple[str, int | None], faulty: Faulty | None
) -> dict[str, Any]:
    found = listed.model.objects.filter(district_id__in=lists.districts)
    if listed.code == "roles":
        found = found.prefetch_related("requires")
    rows = []
    for row in found:
        form = None
        if edit == (listed.code, row.pk):
            initial = {name: getattr(row, name) for name in listed.fields}
            if listed.code == "roles":
                initial["requires"] = [each.pk for each in row.requires.all()]
            form = _kept(faulty, listed.code, row.pk) or listed.form(lists=lists, initial=initial)
        rows.append(ListRow(row, form))
    new = _kept(faulty, listed.code, None)
    new = new or listed.form(lists=lists, new=True, auto_id=f"{listed.code}-%s")
    return {"code": listed.code, "title": listed.title, "rows": rows, "form": new}


def _norms(lists: Lists) -> list[tuple[StaffingNorm, str]]:
    """The norms in the order of their roles, each with the words of its source."""
    found = StaffingNorm.objects.filter(district_id__in=lists.districts).select_related("role")
    ordered = found.order_by("per", "role__position", "role__code")
    return [(norm, words_of_source(norm.source)) for norm in ordered]


def _norm_form(lists: Lists, edit: tuple[str, int | None], faulty: Faulty | None) -> NormForm:
    """The form as typed, filled in from the norm that is asked for, or empty."""
    typed: NormForm | None = _kept(faulty, "norms", None)
    if typed is not None:
        return typed
    initial: dict[str, Any] = {}
    if edit[0] == "norms":
        found = StaffingNorm.objects.filter(district_id__in=lists.districts, pk__in=[edit[1] or 0])
        for norm in found:
            initial = {"role": norm.role_id, "per": norm.per, "people": norm.people}
            initial["source"] = words_of_source(norm.source)
    return NormForm(lists=lists, initial=initial, auto_id="norms-%s")


def _kept(faulty: Faulty | None, code: str, pk: int | None) -> Any:
    return faulty[2] if faulty is not None and faulty[:2] == (code, pk) else None
