"""Machine clients: the list, one of them, its secrets, and leave for rows of people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.actors import names_of, same_person
from core.acts import Answer, accepted, attempt
from core.query import refuse_unknown_query
from reporting.outlets.forms.clients import (
    AskPersonsForm,
    ClientForm,
    DecidePersonsForm,
    NewClientForm,
    RevokeForm,
    RotateForm,
    initial_of,
    wanted,
)
from reporting.outlets.models import ApiClient, PersonsGrant
from reporting.outlets.permissions import (
    can_grant_persons,
    can_manage_clients,
    check_can_grant_persons,
    check_can_manage_clients,
    check_can_see_clients,
)
from reporting.outlets.queries.clients import clients_within, grants_of, last_pulls, pulled_days
from reporting.outlets.services import clients

PAGE_SIZE = 50
INVALID = 422


@never_cache
@require_safe
def clients_page(request: HttpRequest) -> HttpResponse:
    """The clients of one's district: what each may, and when it last pulled."""
    check_can_see_clients(request.scope)
    refuse_unknown_query(request, ("page",))
    at = timezone.now()
    page = Paginator(clients_within(request.scope, at=at), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [{"client": each, "state": _state(each), "may": _may(each)} for each in page],
        "now": at,
        "manages": can_manage_clients(request.scope),
    }
    return render(request, "outlets/clients/list.html", context)


def _state(client: ApiClient) -> tuple[str, str]:
    if client.revoked_at:
        return "stale", _("revoked")
    if client.last_pull_at is None:
        return "info", _("has not pulled yet")
    return "ok", _("working")


def _may(client: ApiClient) -> list[str]:
    """The scopes in words."""
    words = [_("figures")] if client.may_aggregate else []
    words += [_("daily numbers")] if client.may_daily else []
    if client.persons:
        words.append(_("rows of people"))
    return words


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def client_new(request: HttpRequest) -> HttpResponse:
    """Make a client; its secret is shown once, and nothing keeps this page."""
    check_can_manage_clients(request.scope)
    form = NewClientForm(request.POST if request.method == "POST" else None, scope=request.scope)
    if request.method != "POST":
        return render(request, "outlets/clients/new.html", {"form": form})
    done = accepted(form, lambda data: _create(request, data), fields=_FIELDS)
    if not done:
        return render(request, "outlets/clients/new.html", {"form": form}, status=INVALID)
    client, secret = done.value
    return _shown_once(request, client, secret, status=201)


_FIELDS = {
    "api_client_named_once": "name",
    "address_wrong": "addresses",
    "addresses_many": "addresses",
    "street_elsewhere": "streets",
    "area_unclear": "streets",
}


def _create(request: HttpRequest, data: dict[str, Any]) -> tuple[ApiClient, str]:
    return clients.create_client(
        district=data["district"], wanted=wanted(data), by=request.scope.actor, at=timezone.now()
    )


def _shown_once(
    request: HttpRequest, client: ApiClient, secret: str, *, status: int = 200
) -> HttpResponse:
    context = {
        "client": client,
        "secret": secret,
        "fresh": status == 201,
        "token_url": request.build_absolute_uri(reverse("clients:token")),
    }
    return render(request, "outlets/clients/secret.html", context, status=status)


@never_cache
@require_safe
def client_page(request: HttpRequest, client_id: int) -> HttpResponse:
    """One client: its keys, what it may, where from, and what it pulled."""
    check_can_see_clients(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, client_id)


@require_POST
def client_change(request: HttpRequest, client_id: int) -> HttpResponse:
    """Change what a client may; its living tokens follow at once."""
    check_can_manage_clients(request.scope)
    client = _client(request, client_id)
    form = ClientForm(request.POST, **_about(request, client))
    done = accepted(
        form,
        lambda data: clients.change_client(
            client=client, wanted=wanted(data), by=request.scope.actor
        ),
        fields=_FIELDS,
    )
    return _after(request, client, done, _("Changed. It counts from the next request on."), form)


@never_cache
@require_POST
def client_rotate(request: HttpRequest, client_id: int) -> HttpResponse:
    """Give a new secret, shown once; the old one works for the time that was chosen."""
    check_can_manage_clients(request.scope)
    client = _client(request, client_id)
    form = RotateForm(request.POST)
    done = accepted(
        form,
        lambda data: clients.rotate_secret(
            client=client, by=request.scope.actor, at=timezone.now(), overlap=data["overlap"]
        ),
    )
    if not done:
        return _page(request, client.pk, refusal=done.refused.text, status=INVALID)
    client.refresh_from_db()
    return _shown_once(request, client, done.value)


@require_POST
def client_end_old(request: HttpRequest, client_id: int) -> HttpResponse:
    """End the secret before the last rotation, and all tokens, at once."""
    check_can_manage_clients(request.scope)
    client = _client(request, client_id)
    done = attempt(lambda: clients.end_old_secret(client=client, by=request.scope.actor))
    return _after(request, client, done, _("The old secret has ended, and all tokens with it."))


@require_POST
def client_revoke(request: HttpRequest, client_id: int) -> HttpResponse:
    """End a client for good, with a reason."""
    check_can_manage_clients(request.scope)
    client = _client(request, client_id)
    return _act(request, client, RevokeForm, clients.revoke_client, _("The client is revoked."))


@require_POST
def persons_ask(request: HttpRequest, client_id: int) -> HttpResponse:
    """Ask that the client may pull rows of people."""
    check_can_manage_clients(request.scope)
    client = _client(request, client_id)
    said = _("Asked. A second person decides, such as the commander.")
    return _act(request, client, AskPersonsForm, clients.ask_for_persons, said)


@require_POST
def persons_decide(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Grant or refuse what another person asked for."""
    check_can_grant_persons(request.scope)
    grant = get_object_or_404(PersonsGrant.objects.within(request.scope), pk=grant_id)
    form = DecidePersonsForm(request.POST)
    done = accepted(
        form,
        lambda data: clients.decide_persons(
            grant=grant, granted=data["decision"] == "grant", **_by(request)
        ),
    )
    return _after(request, grant.client, done, _("Decided."))


@require_POST
def persons_withdraw(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Take back a request or a leave."""
    check_can_manage_clients(request.scope)
    grant = get_object_or_404(PersonsGrant.objects.within(request.scope), pk=grant_id)
    done = attempt(lambda: clients.withdraw_persons(grant=grant, **_by(request)))
    return _after(request, grant.client, done, _("Withdrawn. It counts from the next request on."))


def _by(request: HttpRequest) -> dict[str, Any]:
    """Who and when: keys live on real time."""
    return {"by": request.scope.actor, "at": timezone.now()}


def _about(request: HttpRequest, client: ApiClient) -> dict[str, Any]:
    return {"client": client, "district": client.district, "scope": request.scope}


def _client(request: HttpRequest, client_id: int) -> ApiClient:
    found = ApiClient.objects.within(request.scope).select_related("district")
    return get_object_or_404(found, pk=client_id)


def _act(
    request: HttpRequest,
    client: ApiClient,
    shape: type[Form],
    act: Callable[..., Any],
    said: str,
) -> HttpResponse:
    done = accepted(shape(request.POST), lambda data: act(client=client, **data, **_by(request)))
    return _after(request, client, done, said)


def _after(
    request: HttpRequest,
    client: ApiClient,
    done: Answer[Any],
    said: str,
    form: ClientForm | None = None,
) -> HttpResponse:
    if done:
        messages.success(request, said)
        return HttpResponseRedirect(reverse("clients:client", args=[client.pk]))
    refusal = "" if form else done.refused.text
    return _page(request, client.pk, form=form, refusal=refusal, status=INVALID)


def _page(
    request: HttpRequest,
    client_id: int,
    *,
    form: ClientForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    client = get_object_or_404(clients_within(request.scope, at=at), pk=client_id)
    manages = can_manage_clients(request.scope) and client.revoked_at is None
    if manages and form is None:
        start = initial_of(client)
        form = ClientForm(initial=start, **_about(request, client))
    facts = _facts(client, at)
    asked = facts["open_grant"]
    own = asked is not None and same_person(asked["grant"].asked_by, request.scope.actor)
    context = facts | {
        "form": form if manages else None,
        "manages": manages,
        "rotate_form": RotateForm(),
        "revoke_form": RevokeForm(auto_id="revoke_%s"),
        "ask_form": AskPersonsForm(auto_id="ask_%s"),
        "decides": can_grant_persons(request.scope) and client.revoked_at is None,
        "own_ask": own,
        "refusal": refusal,
    }
    return render(request, "outlets/clients/client.html", context, status=status)


def _facts(client: ApiClient, at: datetime) -> dict[str, Any]:
    grants = grants_of(client)
    actors = {client.created_by, client.revoked_by}
    actors.update(*((each.asked_by, each.decided_by, each.ended_by) for each in grants))
    names = names_of(actors - {""}) | {"": ""}
    rows = [
        {
            "grant": each,
            "asked": names[each.asked_by],
            "decided": names[each.decided_by],
            "ended": names[each.ended_by],
        }
        for each in grants
    ]
    open_rows = [row for row in rows if _is_open(row["grant"])]
    return {
        "client": client,
        "state": _state(client),
        "may": _may(client),
        "streets": client.streets.order_by("code"),
        "old_secret": client.old_secret_works(at),
        "open_grant": open_rows[0] if open_rows else None,
        "past_grants": [row for row in rows if not _is_open(row["grant"])],
        "created_by": names[client.created_by],
        "revoked_by": names[client.revoked_by],
        "days": pulled_days(client, at=at),
        "pulls": last_pulls(client),
        "now": at,
    }


def _is_open(grant: PersonsGrant) -> bool:
    return grant.ended_at is None and grant.granted is not False
