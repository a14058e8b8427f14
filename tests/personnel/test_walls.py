from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.inputs import Refused
from personnel.models import Posting, User, WallLink
from personnel.queries import scope_of_actor
from personnel.services import walls
from tests.personnel.make import make_district, make_division

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_district()


def make_link(place, **over):
    values = {
        "round": place.round,
        "division": place.here,
        "label": "hall",
        "by": "test",
        "at": timezone.now(),
    }
    return walls.create_wall_link(**(values | over))


def test_wall_link_opens_its_round_and_street_only(place):
    link, token = make_link(place)

    grant = walls.open_wall(token, at=timezone.now())

    assert grant.round_id == place.round.pk
    assert grant.link_id == link.pk
    assert grant.scope.streets == {place.here.pk}
    assert not grant.scope.districts
    assert grant.scope.permissions == {"see_wall"}
    assert token not in str(WallLink.objects.values())


def test_wall_link_of_a_district(place):
    _link, token = make_link(place, division=place.district)

    assert walls.open_wall(token, at=timezone.now()).scope.districts == {place.district.pk}


def test_wall_link_ends(place):
    link, token = make_link(place)

    assert walls.open_wall(token, at=link.expires_at - timedelta(seconds=1))
    assert walls.open_wall(token, at=link.expires_at) is None
    assert scope_of_actor(f"wall:{link.pk}", at=link.expires_at) is None


def test_wall_link_revoked_opens_nothing_and_its_tickets_end(place):
    link, token = make_link(place)
    assert scope_of_actor(f"wall:{link.pk}", at=timezone.now()).streets == {place.here.pk}

    assert walls.revoke_wall_link(link=link, by="test", at=timezone.now())
    assert not walls.revoke_wall_link(link=link, by="test", at=timezone.now())

    assert walls.open_wall(token, at=timezone.now()) is None
    assert scope_of_actor(f"wall:{link.pk}", at=timezone.now()) is None


@pytest.mark.parametrize("token", ["", "x", "\udcff", "甲" * 50, "x" * 10_000])
def test_wall_token_that_is_none_opens_nothing(token):
    assert walls.open_wall(token, at=timezone.now()) is None


def test_wall_link_is_refused_where_it_makes_no_sense(place):
    elsewhere = make_division("district")
    for over, code in (
        ({"division": place.community_here}, "wall_level"),
        ({"division": elsewhere}, "wall_elsewhere"),
        ({"lives": timedelta(days=32)}, "wall_too_long"),
        ({"lives": timedelta(0)}, "wall_too_long"),
    ):
        with pytest.raises(Refused) as refused:
            make_link(place, **over)
        assert refused.value.code == code
    assert not WallLink.objects.exists()


# --- create_user ------------------------------------------------------------------------------


def test_create_user_prints_a_password_that_works_once_and_posts(place, capsys):
    call_command("create_user", "Chen", "--role", "commander", "--division", place.district.code)

    password = capsys.readouterr().out.split("password: ")[1].strip()
    user = User.objects.get(username="chen")
    assert user.check_password(password)
    assert user.must_change_password
    assert Posting.objects.get(user=user).division == place.district


@pytest.mark.parametrize(
    "options",
    [
        ["--role", "commander"],
        ["--role", "commander", "--division", "no-such"],
        ["--role", "commander", "--division", "STREET"],
    ],
)
def test_create_user_leaves_nothing_behind_when_refused(place, options):
    options = [place.here.code if option == "STREET" else option for option in options]

    with pytest.raises(CommandError):
        call_command("create_user", "chen", *options)

    assert not User.objects.exists()
