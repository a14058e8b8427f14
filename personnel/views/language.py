"""The language switch: works for everybody, is remembered for those who are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from personnel.services.users import choose_language


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """The cookie decides on every page, so that reading a page costs no user."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


@login_not_required
@csrf_protect
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """POST `language` (zh-hans or en) and `next`, the page to come back to."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("This language is not offered."))
    if request.caller.standing() is not None:
        choose_language(user=request.user, language=language, by=request.scope.actor)
    wish = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wish, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    home = resolve_url(settings.LOGIN_REDIRECT_URL)
    response = HttpResponseRedirect(wish if wish and safe else home)
    set_language_cookie(response, language)
    return response
