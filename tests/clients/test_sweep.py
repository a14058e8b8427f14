"""What machine clients no longer need is swept away by the worker, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from oauth2_provider.models import AccessToken

from reporting.outlets.models import ApiClient, Pull
from reporting.outlets.services import clients, tokens
from reporting.outlets.services.pulls import KEPT, note_pull
from reporting.outlets.services.tokens import bearer_of
from tests.clients.make import make_client, make_token
from tests.personnel.make import make_district

DAY = timedelta(days=1)


@pytest.mark.django_db
def test_ended_tokens_and_secrets_go_and_living_ones_stay() -> None:
    at = timezone.now()
    client, _secret = make_client(make_district().district)
    other, _its = make_client(make_district().district)
    make_token(client, lives=-DAY)
    living = make_token(client)
    for each, lived in ((client, 2 * DAY), (other, timedelta(0))):
        clients.rotate_secret(client=each, by="user:1", at=at - lived, overlap=DAY)

    tokens.sweep_tokens(at=at)
    swept = clients.sweep_secrets(at=at)

    assert AccessToken.objects.count() == 1
    assert bearer_of(living, address="", at=at) is not None
    assert swept == 1
    assert ApiClient.objects.get(previous_until__isnull=False) == other


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "worker"])
def test_the_worker_may_delete_old_pulls() -> None:
    client, _secret = make_client(make_district().district)
    found = bearer_of(make_token(client), address="", at=timezone.now())
    assert found is not None
    for _pull in range(2):
        note_pull(found.principal, "api:rounds", 1, 200, timezone.now())
    newest = Pull.objects.order_by("-pk")[0]
    long_ago = timezone.now() - KEPT - DAY
    with connections["owner"].cursor() as owner:
        owner.execute(
            "UPDATE outlets_pull SET recorded_at = %s WHERE id <> %s", [long_ago, newest.pk]
        )

    limit = timezone.now() - KEPT
    gone, _kinds = Pull.objects.using("worker").filter(recorded_at__lt=limit).delete()

    assert gone == 1
    assert list(Pull.objects.all()) == [newest]
