"""Accounts of one's district: the list, one account, and what an administrator does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.acts import accepted, attempt
from core.query import refuse_unknown_query
from personnel import hashers
from personnel.forms import AccountFilterForm, AccountForm, PostingForm
from personnel.models import Posting, User
from personnel.permissions import check_can_manage_users
from personnel.queries import accounts_within, is_posted_elsewhere, with_postings
from personnel.roles import Role
from personnel.services import accounts

PAGE_SIZE = 50
FILTERS = ("role", "division", "state")


@require_safe
def accounts_page(request: HttpRequest) -> HttpResponse:
    """Accounts of one's district, by user name; those who cannot sign in are marked."""
    check_can_manage_users(request.scope)
    refuse_unknown_query(request, (*FILTERS, "page"))
    at = timezone.now()
    form = AccountFilterForm(request.GET, scope=request.scope)
    found = accounts_within(request.scope).order_by("username")
    if form.is_valid():
        found = _filtered(found, form.cleaned_data, at)
    page = Paginator(with_postings(found, request.scope), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    context = {
        "form": form,
        "page": page,
        "rows": [account_row(user, at) for user in page],
        "query": f"{urlencode(kept)}&" if kept else "",
        "filtered": bool(kept),
    }
    return render(
        request, "personnel/accounts.html", context, status=200 if form.is_valid() else 422
    )


def _filtered(found: QuerySet[User], wish: dict[str, Any], at: Any) -> QuerySet[User]:
    valid = Posting.objects.valid_at(at).filter(user=OuterRef("pk"))
    if wish["role"]:
        found = found.filter(Exists(valid.filter(role=wish["role"])))
    if (place := wish["division"]) is not None:
        inside = {f"division__{place.level}_id": place.pk}
        found = found.filter(Exists(valid.filter(**inside)))
    if wish["state"]:
        works = Exists(valid)
        found = found.filter(works if wish["state"] == "works" else ~works)
    return found


def account_row(user: User, at: Any) -> dict[str, Any]:
    """One account as the pages show it; `user.shown` must be there (`with_postings`)."""
    held = [each for each in user.shown if each.ends_at is None or each.ends_at > at]
    if not user.is_active:
        state = ("stale", _("switched off"))
    elif not held:
        state = ("stale", _("no posting"))
    elif user.must_change_password:
        state = ("warn", _("new password due"))
    else:
        state = ("ok", _("can sign in"))
    return {"user": user, "held": held, "state": state}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Make an account; its password is shown once, and nothing keeps this page."""
    check_can_manage_users(request.scope)
    form = AccountForm(request.POST if request.method == "POST" else None, scope=request.scope)
    if request.method != "POST":
        return _new_page(request, form, status=200)
    try:
        done = accepted(form, lambda wish: _open_account(request, wish))
    except hashers.Busy as busy:
        return _busy(_new_page(request, form, status=503, busy=True), busy)
    if not done:
        return _new_page(request, form, status=422)
    user, password = done.value
    return _shown_once(request, user, password, status=201)


def _open_account(request: HttpRequest, wish: dict[str, Any]) -> tuple[User, str]:
    return accounts.open_account(
        username=wish["username"],
        display_name=wish["display_name"],
        language=wish["language"],
        role=Role(wish["role"]),
        division=wish["place"],
        scope=request.scope,
        by=request.scope.actor,
        at=timezone.now(),
        ends_at=wish["until"],
    )


def _new_page(
    request: HttpRequest, form: AccountForm, *, status: int, busy: bool = False
) -> HttpResponse:
    context = {"form": form, "busy": busy}
    return render(request, "personnel/account_new.html", context, status=status)


def _shown_once(
    request: HttpRequest, user: User, password: str, *, status: int = 200
) -> HttpResponse:
    context = {"account": user, "password": password, "fresh": status == 201}
    response = render(request, "personnel/account_password.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _busy(response: HttpResponse, busy: hashers.Busy) -> HttpResponse:
    response["Retry-After"] = str(busy.retry_after)
    return response


@require_safe
def account_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: its postings, and what can be done with it."""
    check_can_manage_users(request.scope)
    return _account(request, user_id, PostingForm(scope=request.scope))


def _account(
    request: HttpRequest,
    user_id: int,
    form: PostingForm,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    at = timezone.now()
    found = with_postings(accounts_within(request.scope), request.scope)
    user = get_object_or_404(found, pk=user_id)
    row = account_row(user, at)
    context = {
        "form": form,
        "account": user,
        "state": row["state"],
        "held": row["held"],
        "past": [each for each in user.shown if each not in row["held"]],
        "own": user.pk == request.user.pk,
        "elsewhere": is_posted_elsewhere(user.pk, request.scope, at=at),
        "refusal": refusal,
        "now": at,
    }
    return render(request, "personnel/account.html", context, status=status)


@require_POST
def posting_add(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give the account one more role."""
    check_can_manage_users(request.scope)
    get_object_or_404(accounts_within(request.scope), pk=user_id)
    form = PostingForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any]) -> None:
        accounts.add_posting(
            user_id=user_id,
            role=Role(data["role"]),
            division=data["place"],
            scope=request.scope,
            by=request.scope.actor,
            at=timezone.now(),
            ends_at=data["until"],
        )

    if accepted(form, act):
        return _back(user_id)
    return _account(request, user_id, form, status=422)


@require_POST
def posting_end(request: HttpRequest, user_id: int, posting_id: int) -> HttpResponse:
    """End one posting now."""

    def act() -> None:
        accounts.end_posting(
            user_id=user_id,
            posting_id=posting_id,
            scope=request.scope,
            by=request.scope.actor,
            at=timezone.now(),
        )

    return _act(request, user_id, act)


@require_POST
def account_state(request: HttpRequest, user_id: int) -> HttpResponse:
    """Switch the account off or on."""

    def act() -> None:
        accounts.switch_account(
            user_id=user_id,
            active=request.POST.get("active") == "1",
            scope=request.scope,
            by=request.scope.actor,
            at=timezone.now(),
        )

    return _act(request, user_id, act)


@never_cache
@require_POST
def account_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give the account a new password and show it, this once."""
    check_can_manage_users(request.scope)
    get_object_or_404(accounts_within(request.scope), pk=user_id)
    form = PostingForm(scope=request.scope)
    scope, now = request.scope, timezone.now()
    try:
        done = attempt(
            lambda: accounts.reset_password(user_id=user_id, scope=scope, by=scope.actor, at=now)
        )
    except hashers.Busy as busy:
        text = _("Many people are signing in right now. Try again in a moment.")
        return _busy(_account(request, user_id, form, status=503, refusal=text), busy)
    if refused := done.refused:
        return _account(request, user_id, form, status=refused.status, refusal=refused.text)
    user, password = done.value
    return _shown_once(request, user, password)


def _act(request: HttpRequest, user_id: int, act: Callable[[], None]) -> HttpResponse:
    check_can_manage_users(request.scope)
    get_object_or_404(accounts_within(request.scope), pk=user_id)
    if refused := attempt(act).refused:
        form = PostingForm(scope=request.scope)
        return _account(request, user_id, form, status=refused.status, refusal=refused.text)
    return _back(user_id)


def _back(user_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("personnel:account", args=[user_id]))
