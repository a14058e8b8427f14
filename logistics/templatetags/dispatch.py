"""Cells of the dispatch board: hundreds of them, renewed every few seconds, so joined as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from core import clock
from core.scope import Scope
from logistics.models import OrderState, Trip
from logistics.queries.board import Row
from logistics.queries.lanes import Block, Lane
from logistics.queries.sweep import Frame, Run
from logistics.queries.wheels import VehicleRow
from logistics.views.dispatch_choice import Choice
from personnel.models import DutyRole

register = template.Library()
PRESSING = timedelta(hours=2)
_FACES = {
    OrderState.REQUESTED: "warn",
    OrderState.ACCEPTED: "info",
    OrderState.DECLINED: "crit",
    OrderState.EN_ROUTE: "info",
    OrderState.ON_SITE: "ok",
    OrderState.RELEASED: "done",
    OrderState.WITHDRAWN: "stale",
}


@register.filter
def order_kind(state: str) -> str:
    """Shape and colour of an order's state."""
    return _FACES[OrderState(state)]


@register.filter
def state_word(state: str) -> str:
    """An order's state in a word."""
    return str(OrderState(state).label)


@register.filter
def iso(moment: datetime) -> str:
    """An instant as addresses carry it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


@register.filter
def whole_hours(hours: float) -> str:
    """Hours on duty, rounded to the half hour: 3, 4.5."""
    return f"{round(hours * 2) / 2:.1f}".removesuffix(".0")


@register.simple_tag
def board_url(choice: Choice, **over: Any) -> str:
    """The board's address with something changed."""
    return choice.url(**over)


@register.simple_tag
def subject(kind: str, key: Any) -> str:
    """Who or what is chosen, as the form sends it: `team:7`."""
    return f"{kind}:{key}"


@register.simple_tag
def board_heads(frame: Frame, now: datetime) -> SafeString:
    """One head for each column; the day where it begins, the column of now marked."""
    cells = []
    for number, starts_at in enumerate(frame.starts):
        local = clock.local(starts_at)
        new = number == 0 or (local.hour, local.minute) == (0, 0)
        day = f"<small>{local:%m-%d}</small>" if new else ""
        here = starts_at <= now < starts_at + frame.step
        word = f"{local:%H}" if local.minute == 0 else f"{local:%H:%M}"
        cells.append(f'<th scope="col"{" class=h-now" if here else ""}>{day}{word}</th>')
    return SafeString("".join(cells))  # noqa: S308 (numbers and times only)


@register.simple_tag
def board_cells(
    row: Row, now: datetime, roles: Mapping[int, DutyRole], may: bool, step: timedelta
) -> SafeString:
    """One row: needed and booked of each run of columns, a gap with shape and word."""
    words = {
        "short": escape(gettext("short %(n)s")), "full": escape(gettext("full")),
        "free": escape(gettext("assign")), "extra": escape(gettext("booked, no need stated")),
    }  # fmt: skip
    base = f"{reverse('dispatch:assign')}?spot={row.key}"
    cells = []
    for run in row.runs:
        kind, plain, shown = _face(run, now, words)
        said = _by_role(run, roles)
        widest = run.worst.widest
        role = f"&amp;role={widest.role_id}" if widest else ""
        at = iso(run.worst.starts_at if widest else run.starts_at)
        hours = f"{clock.local(run.starts_at):%H:%M}–{clock.local(run.ends_at):%H:%M}"
        title = escape(f"{row.name} · {hours} · {said}" if said else f"{row.name} · {hours}")
        inner = shown
        if may and run.ends_at > now:
            inner = (
                f'<a href="{base}{role}&amp;at={at}" data-assign'
                f' aria-label="{plain}{title} · {words["free"]}">{shown or "<i></i>"}</a>'
            )
        past = " c-past" if run.ends_at <= now else ""
        cells.append(
            f'<td colspan="{run.span}" class="c c-{kind}{past}" title="{title}">{inner}</td>'
        )
    return SafeString("".join(cells))  # noqa: S308 (names are escaped above)


def _face(run: Run, now: datetime, words: Mapping[str, str]) -> tuple[str, str, str]:
    worst = run.worst
    if not worst.needed:
        if not worst.booked:
            return "none", "", ""
        return "extra", f"{worst.booked} · ", f'<span class="c-n">{worst.booked}</span>'
    numbers = f"{worst.needed - worst.missing}/{worst.needed}"
    counts = f'<span class="c-n">{numbers}</span>'
    if not worst.missing:
        word = words["full"]
        return "full", f"{numbers} {word} · ", f'{counts} <b><i class="sh"></i>{word}</b>'
    kind = "crit" if run.starts_at < now + PRESSING and run.ends_at > now else "warn"
    short = words["short"] % {"n": worst.missing}
    return kind, f"{numbers} {short} · ", f'{counts} <b><i class="sh"></i>{short}</b>'


def _by_role(run: Run, roles: Mapping[int, DutyRole]) -> str:
    return ", ".join(
        f"{roles.get(count.role_id, '')} {count.booked}/{count.needed}" for count in run.worst.roles
    )


@register.simple_tag
def lane_cells(lane: Lane, frame: Frame) -> SafeString:
    """People of one place and role below an open row, each group over its own hours; groups that
    would share a column stand in one cell, the first of them in words."""
    cells, at = [], 0
    for first, last, blocks in _spans(lane, frame):
        if first > at:
            cells.append(f'<td colspan="{first - at}"></td>')
        title = "\n".join(f"{_hours(block)} {block.words}" for block in blocks)
        more = sum(block.people for block in blocks[1:])
        words = _block(blocks[0]) + (f' <b class="b-more">+{more}</b>' if more else "")
        cells.append(
            f'<td colspan="{last - first}"><div class="block" title="{escape(title)}">'
            f"{words}</div></td>"
        )
        at = last
    if at < frame.columns:
        cells.append(f'<td colspan="{frame.columns - at}"></td>')
    return SafeString("".join(cells))  # noqa: S308 (names are escaped above)


def _spans(lane: Lane, frame: Frame) -> list[tuple[int, int, list[Block]]]:
    """The cells of a lane: from which column to which, and the blocks in each."""
    spans: list[tuple[int, int, list[Block]]] = []
    at = 0
    for block in lane.blocks:
        begins = max(int((block.starts_at - frame.starts_at) / frame.step), 0)
        last = min(-int((frame.starts_at - block.ends_at) / frame.step // 1), frame.columns)
        if begins >= frame.columns or last <= begins:
            continue
        first = max(begins, at)
        if last > first:
            spans.append((first, last, [block]))
            at = last
        else:  # no column is left for it: it joins those who stand in its own
            next(each for each in spans if each[0] <= begins < each[1])[2].append(block)
    return spans


def _hours(block: Block) -> str:
    return f"{clock.local(block.starts_at):%H:%M}–{clock.local(block.ends_at):%H:%M}"


def _block(block: Block) -> str:
    marks = f' <b class="doubt" title="{escape(block.over)}">◆</b>' if block.over else ""
    here = ""
    if block.present:
        here = ngettext("%(n)s here", "%(n)s here", block.present) % {"n": block.present}
        here = f' <span class="b-here">{escape(here)}</span>'
    words = f"<b>{block.people}</b> {escape(block.words)}{here}{marks}"
    if block.order_id:
        words = f'<a href="{reverse("dispatch:order", args=[block.order_id])}">{words}</a>'
    return words


@register.simple_tag
def vehicle_cells(
    row: VehicleRow, now: datetime, scope: Scope, street_id: int | None, may: bool
) -> SafeString:
    """One vehicle: its trips over their hours; a trip without a driver is marked."""
    word = escape(gettext("assign"))
    base = f"{reverse('dispatch:assign')}?street={street_id or 0}"
    base += f"&amp;subject=vehicle:{row.vehicle.pk}"
    usable = may and row.vehicle.pool != "out"
    cells = []
    for block in row.blocks:
        if not block.trips:
            link = ""
            if usable and block.ends_at > now:
                at = iso(max(block.starts_at, now))
                label = f"{escape(row.vehicle.plate)} · {word}"
                link = f'<a href="{base}&amp;at={at}" data-assign aria-label="{label}"><i></i></a>'
            cells.append(f'<td colspan="{block.span}" class="c c-none">{link}</td>')
            continue
        shown = " ".join(_trip(trip, scope) for trip in block.trips)
        past = " c-past" if block.ends_at <= now else ""
        cells.append(f'<td colspan="{block.span}" class="c c-trip{past}">{shown}</td>')
    return SafeString("".join(cells))  # noqa: S308 (words are escaped in _trip)


def _trip(trip: Trip, scope: Scope) -> str:
    load = trip.people or trip.boxes
    kind = escape(trip.get_kind_display())
    words = f"<b>{load}</b> {kind}" if load else kind
    hours = f"{clock.local(trip.starts_at):%H:%M}–{clock.local(trip.ends_at):%H:%M}"
    order: Any = getattr(trip, "order", None)
    seen = (
        scope.everything or trip.district_id in scope.districts or trip.street_id in scope.streets
    )
    if order is not None and seen:
        words = f'<a href="{reverse("dispatch:order", args=[order.pk])}">{words}</a>'
    below = hours
    if trip.driver_duty_id is None:
        below = f'<b class="doubt">◆ {escape(gettext("no driver"))}</b>'
    return f'<span class="trip" title="{hours} {kind}">{words}<small>{below}</small></span>'
