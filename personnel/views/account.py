"""One's own account: a new password, and the role one acts in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from personnel import hashers
from personnel.forms import PasswordForm
from personnel.middleware import ROLE_KEY
from personnel.services import attempts
from personnel.services.sign_in import verify_own_password
from personnel.services.trail import note
from personnel.services.users import change_password


@never_cache
@csrf_protect
@sensitive_post_parameters("current", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions of the account end, this one goes on."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if form.is_bound else 200)
    try:
        if not verify_own_password(
            user=request.user, password=form.cleaned_data["current"], at=timezone.now()
        ):
            form.add_error("current", _("This is not your current password."))
            return _page(request, form, status=422)
        change_password(
            user=request.user, password=form.cleaned_data["new"], by=request.scope.actor
        )
    except ValidationError as unfit:
        form.add_error("new", unfit)
        return _page(request, form, status=422)
    except attempts.TooManyTries as locked:
        form.add_error(None, _("Too many tries. Try again later."))
        return _page(request, form, status=429, retry_after=locked.retry_after)
    except hashers.Busy as busy:
        form.add_error(None, _("Many people are signing in right now. Try again in a moment."))
        return _page(request, form, status=503, retry_after=busy.retry_after)
    ends = request.session.get_expiry_date()
    update_session_auth_hash(request, request.user)
    request.session.set_expiry(ends)
    return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))


def _page(
    request: HttpRequest, form: PasswordForm, *, status: int, retry_after: int | None = None
) -> HttpResponse:
    context = {"form": form, "forced": request.user.must_change_password}
    response = render(request, "personnel/password.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


@csrf_protect
@require_POST
def choose_role(request: HttpRequest) -> HttpResponse:
    """Act in another of one's roles, for this session."""
    standing = request.caller.standing()
    role = request.POST.get("role", "")
    if standing is None or role not in standing.roles:
        return HttpResponseBadRequest(_("You do not hold this role."))
    request.session[ROLE_KEY] = role
    note(
        by=request.scope.actor,
        act="role_chosen",
        object_type="user",
        object_id=request.user.pk,
        role=role,
    )
    return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))
