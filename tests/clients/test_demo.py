"""The demo's machine clients, made once however often the demo begins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import timezone

from core.scope import Scope
from demo.clients import playbook
from reporting.outlets.models import ApiClient, PersonsGrant
from tests.personnel.make import make_district

pytestmark = pytest.mark.django_db


def test_the_demo_makes_its_clients_once() -> None:
    place = make_district()
    scope = Scope(districts=frozenset({place.district.pk}), actor="user:1:reporting_officer")
    cast = SimpleNamespace(reviewer=scope, streets={"1": place.here.pk, "2": place.there.pk})
    ((_when, make),) = playbook()

    assert make(cast, timezone.now())
    assert make(cast, timezone.now())

    made = ApiClient.objects.order_by("pk")
    assert [client.whole_district for client in made] == [True, False, True]
    assert list(made[1].streets.order_by("pk")) == [place.here, place.there]
    assert PersonsGrant.objects.get().granted is None
