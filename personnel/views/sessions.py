"""Signing in and out. Every form works without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from personnel import hashers
from personnel.addresses import client_address
from personnel.forms import SignInForm
from personnel.services import attempts, sign_in
from personnel.services.trail import note
from personnel.views.language import set_language_cookie

BACKEND = "django.contrib.auth.backends.ModelBackend"
# A shift. The end is a date fixed at sign-in: nothing that happens later moves it.
SESSION_LIVES = timedelta(hours=12)


@login_not_required
@never_cache
@csrf_protect
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """The sign-in form; a fragment that was led here takes the whole page along."""
    onward = safe_next(request)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("personnel:sign_in")})
    ended = request.GET.get("ended") == "1"
    if not request.user.is_authenticated and SESSION_KEY in request.session:
        # The account was switched off: nothing of its session may stay.
        logout(request)
        ended = True
    if request.method != "POST":
        if request.caller.standing() is not None:
            return HttpResponseRedirect(onward)
        return _page(request, SignInForm(), ended=ended)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _try(request, form, onward)


def _try(request: HttpRequest, form: SignInForm, onward: str) -> HttpResponse:
    at = timezone.now()
    try:
        user = sign_in.sign_in(
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            address=client_address(request),
            at=at,
        )
    except attempts.TooManyTries as locked:
        minutes = -(-locked.retry_after // 60)
        form.add_error(
            None, _("Too many tries. Try again in %(minutes)d minutes.") % {"minutes": minutes}
        )
        return _page(request, form, status=429, retry_after=locked.retry_after)
    except hashers.Busy as busy:
        form.add_error(None, _("Many people are signing in right now. Try again in a moment."))
        return _page(request, form, status=503, retry_after=busy.retry_after)
    except sign_in.WrongCredentials:
        form.add_error(None, _("The user name or the password is not right."))
        return _page(request, form, status=422)
    except sign_in.NoPosting:
        form.add_error(
            None, _("You have no posting at present. Ask your administrator to post you.")
        )
        return _page(request, form, status=403)
    login(request, user, backend=BACKEND)  # makes a new session key
    request.session.set_expiry(at + SESSION_LIVES)
    response = HttpResponseRedirect(onward)
    set_language_cookie(response, user.language)
    return response


def _page(
    request: HttpRequest,
    form: SignInForm,
    *,
    status: int = 200,
    retry_after: int | None = None,
    ended: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "next": safe_next(request, ""), "ended": ended}
    response = render(request, "personnel/sign_in.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    note(by=request.scope.actor, act="signed_out", object_type="user", object_id=request.user.pk)
    logout(request)
    return HttpResponseRedirect(resolve_url("personnel:sign_in"))


def safe_next(request: HttpRequest, default: str | None = None) -> str:
    """Where to go afterwards, if the caller's wish stays on this site."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    if wish and url_has_allowed_host_and_scheme(
        wish, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wish
    return resolve_url(settings.LOGIN_REDIRECT_URL) if default is None else default
