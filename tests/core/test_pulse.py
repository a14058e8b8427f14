"""The pulse: silence while nothing changed, only changed panels otherwise, rendered once."""

import threading
import time
from datetime import UTC, datetime

import pytest
from django.core import signing

from core import pulse
from core.pulse import (
    BadTicket,
    Panel,
    PanelCache,
    PanelKey,
    Tag,
    issue_ticket,
    read_ticket,
)
from core.scope import Scope

NOW = datetime(2021, 11, 4, 11, 0, 30, tzinfo=UTC)
SCOPE = Scope(
    districts=frozenset({1}),
    streets=frozenset({3, 4}),
    communities=frozenset({30}),
    units=frozenset({7}),
    permissions=frozenset({"progress.read"}),
    actor="user 5",
    floor_streets=frozenset({4}),
)


def key(version: int = 8, **over) -> PanelKey:
    values = {
        "page": "overview",
        "round_id": 1,
        "tag": Tag.of(version, NOW),
        "scope_digest": SCOPE.digest,
        "language": "en",
    }
    return PanelKey(**(values | over))


def answer(cache: PanelCache, contents: dict[str, str], **over):
    values = {
        "key": key(),
        "client_tag": None,
        "client_hashes": {},
        "names": list(contents),
        "render": lambda name: f'<section id="{name}">{contents[name]}</section>',
        "heartbeat": NOW,
        "scenario_now": NOW,
        "rate": 60.0,
        "cache": cache,
    }
    return pulse.pulse_response(**(values | over))


def test_a_ticket_carries_scope_page_round_and_language():
    ticket = read_ticket(issue_ticket("overview", SCOPE, "zh-hans", 3), "overview")
    assert ticket == pulse.Ticket("overview", SCOPE, "zh-hans", 3)


def test_a_ticket_is_for_one_page_and_a_short_while(monkeypatch):
    text = issue_ticket("overview", SCOPE, "en", 3, seconds=120)
    with pytest.raises(BadTicket):
        read_ticket(text, "wall")
    later = time.time() + 121
    monkeypatch.setattr(pulse.time, "time", lambda: later)
    with pytest.raises(BadTicket):
        read_ticket(text, "overview")


def test_a_ticket_cannot_be_forged(settings):
    text = issue_ticket("overview", SCOPE, "en", 3)
    stranger = signing.dumps(["overview"], salt="another salt")
    for forged in ("", "x", text[:-1], text[1:], text.replace(":", ";"), stranger):
        with pytest.raises(BadTicket):
            read_ticket(forged, "overview")
    settings.SECRET_KEY = "k" * 50
    with pytest.raises(BadTicket):
        read_ticket(text, "overview")


def test_a_worker_s_scope_never_goes_out_as_a_ticket():
    with pytest.raises(ValueError, match="ticket"):
        issue_ticket("overview", Scope(everything=True), "en", 3)


def test_a_tag_reads_back_and_odd_tags_count_as_none():
    tag = Tag.of(12, NOW)
    assert Tag.parse(str(tag)) == tag
    for odd in (None, "", "12", "12-", "a-b", "1-2-3", "٣-1", "-1-2", "1-2\n", "9" * 30 + "-1"):
        assert Tag.parse(odd) is None


def test_the_same_tag_is_answered_with_silence_and_nothing_is_rendered():
    cache = PanelCache()
    response = answer(cache, {"league": "a"}, client_tag=str(key().tag), render=None)
    assert (response.status_code, response.content) == (204, b"")
    assert response["X-Jinjian-Tag"] == str(key().tag)
    assert response["X-Jinjian-Heartbeat"] == "2021-11-04T11:00:30.000+00:00"
    assert response["X-Jinjian-Clock"] == "2021-11-04T11:00:30.000+00:00;rate=60"
    assert response["Cache-Control"] == "no-store"
    assert len(cache) == 0


def test_only_changed_panels_come_out_of_band():
    cache = PanelCache()
    first = answer(cache, {"league": "a", "curve": "b"}, ticket="t")
    shown = pulse.parse_hashes(first["X-Jinjian-Panels"])
    second = answer(
        cache,
        {"league": "a", "curve": "c"},
        key=key(version=9),
        client_tag=first["X-Jinjian-Tag"],
        client_hashes=shown,
    )
    assert first.content.decode() == (
        '<section hx-swap-oob="true" id="league">a</section>\n'
        '<section hx-swap-oob="true" id="curve">b</section>'
    )
    assert first["X-Jinjian-Ticket"] == "t"
    assert second.content.decode() == '<section hx-swap-oob="true" id="curve">c</section>'
    assert set(pulse.parse_hashes(second["X-Jinjian-Panels"])) == {"league", "curve"}


def test_a_new_tag_without_new_content_is_silence_with_the_new_tag():
    cache = PanelCache()
    first = answer(cache, {"league": "a"})
    second = answer(
        cache,
        {"league": "a"},
        key=key(version=9),
        client_tag=first["X-Jinjian-Tag"],
        client_hashes=pulse.parse_hashes(first["X-Jinjian-Panels"]),
    )
    assert second.status_code == 204
    assert second["X-Jinjian-Tag"] == str(key(version=9).tag)


def test_the_minute_alone_changes_the_tag_so_that_silence_ages():
    assert Tag.of(8, NOW) != Tag.of(8, NOW.replace(minute=1))
    assert Tag.of(8, NOW) == Tag.of(8, NOW.replace(second=59))


def test_a_missing_heartbeat_is_empty_and_not_now():
    assert answer(PanelCache(), {"league": "a"}, heartbeat=None)["X-Jinjian-Heartbeat"] == ""


def test_a_panel_without_root_element_is_a_mistake():
    with pytest.raises(ValueError, match="root element"):
        answer(PanelCache(), {"league": "a"}, render=lambda name: "text")


def test_odd_hashes_from_a_screen_are_left_out():
    good = "league:0123456789ab"
    text = f"{good},curve:xyz,<b>:0123456789ab,league2,:,{'a' * 41}:0123456789ab"
    assert pulse.parse_hashes(text) == {"league": "0123456789ab"}
    assert pulse.parse_hashes(None) == {}
    panel = Panel.of("<p>é</p>")
    assert pulse.parse_hashes(pulse.format_hashes({"league": panel})) == {"league": panel.hash}


@pytest.mark.parametrize(
    "other",
    [
        {"page": "wall"},
        {"round_id": 2},
        {"tag": Tag(9, 1)},
        {"scope_digest": "x"},
        {"language": "zh-hans"},
    ],
)
def test_panels_of_different_readers_never_meet(other):
    cache = PanelCache()
    mine = cache.get(key(), "league", lambda name: "<p>mine</p>")
    theirs = cache.get(key(**other), "league", lambda name: "<p>theirs</p>")
    assert (mine.html, theirs.html) == ("<p>mine</p>", "<p>theirs</p>")
    assert cache.get(key(), "curve", lambda name: "<p>curve</p>").html == "<p>curve</p>"


def test_the_cache_is_bounded_and_keeps_what_is_used():
    cache = PanelCache(size=3)
    for version in range(3):
        cache.get(key(version=version), "league", lambda name: "<p>1</p>")
    cache.get(key(version=0), "league", lambda name: "<p>2</p>")
    cache.get(key(version=3), "league", lambda name: "<p>1</p>")
    assert len(cache) == 3
    assert cache.get(key(version=0), "league", lambda name: "<p>3</p>").html == "<p>1</p>"
    assert cache.get(key(version=1), "league", lambda name: "<p>3</p>").html == "<p>3</p>"
    cache.clear()
    assert len(cache) == 0


def test_three_hundred_screens_at_once_render_once():
    cache = PanelCache()
    rendered = []
    start = threading.Barrier(300)

    def render(name):
        rendered.append(name)
        time.sleep(0.2)
        return "<p>1</p>"

    def screen():
        start.wait(20)
        shown.append(cache.get(key(), "league", render).html)

    shown: list[str] = []
    threads = [threading.Thread(target=screen) for _number in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert shown == ["<p>1</p>"] * 300
    assert rendered == ["league"]


def test_a_failed_rendering_fails_alone_and_the_next_one_tries():
    cache = PanelCache()
    attempts = []
    entered = threading.Event()

    def fails(name):
        attempts.append("fails")
        entered.set()
        time.sleep(0.1)
        raise RuntimeError

    def works(name):
        attempts.append("works")
        return "<p>1</p>"

    shown: list[str] = []

    def second():
        entered.wait(5)
        shown.append(cache.get(key(), "league", works).html)

    thread = threading.Thread(target=second)
    thread.start()
    with pytest.raises(RuntimeError):
        cache.get(key(), "league", fails)
    thread.join(5)
    assert attempts == ["fails", "works"]
    assert shown == ["<p>1</p>"]


def test_who_waited_too_long_renders_alone():
    cache = PanelCache(wait_seconds=0.05)
    release, entered = threading.Event(), threading.Event()

    def slow(name):
        entered.set()
        release.wait(5)
        return "<p>slow</p>"

    thread = threading.Thread(target=lambda: cache.get(key(), "league", slow))
    thread.start()
    entered.wait(5)
    assert cache.get(key(), "league", lambda name: "<p>own</p>").html == "<p>own</p>"
    release.set()
    thread.join(5)
    assert cache.get(key(), "league", lambda name: "<p>own</p>").html == "<p>slow</p>"


def test_a_screen_that_is_ahead_is_not_taken_back():
    ahead = Tag(key().tag.version + 1, key().tag.minute)

    response = answer(PanelCache(), {"league": "a"}, client_tag=str(ahead), render=None)

    assert (response.status_code, response["X-Jinjian-Tag"]) == (204, str(ahead))
