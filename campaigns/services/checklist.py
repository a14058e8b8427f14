"""What must be done before a round starts and before it is closed: owner, due, done, waived."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import ChecklistItem, Round
from core import audit
from core.inputs import Conflict, Refused
from core.scope import Scope

# (phase, what, whose, hours before the start; after the planned end for closing). Data of the
# round, so written in the language of the district; people add and remove items as they like.
USUAL: tuple[tuple[str, str, str, int], ...] = (
    ("start", "通知各街镇与社区轮次、时间和分工", "指挥部办公室", 12),
    ("start", "核对底册，补录漏登人员", "数据专班", 10),
    ("start", "采样员、登记员到位并完成培训", "采样组", 4),
    ("start", "采样管、拭子、防护物资送达各点", "物资保障组", 3),
    ("start", "转运车辆和交接人员到位", "转运组", 3),
    ("start", "检测机构确认承接能力", "检测组", 6),
    ("close", "未采人员逐一核实原因", "各街镇", 4),
    ("close", "异常与重复记录处理完毕", "数据专班", 6),
    ("close", "各点设备未上传数据清零", "信息组", 2),
)


def add_usual_items(round_: Round) -> None:
    """Give a new round the usual list; runs in the caller's transaction."""
    end = round_.planned_end_at or round_.starts_at + timedelta(days=1)
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            round=round_,
            phase=phase,
            title=title,
            owner=owner,
            due_at=round_.starts_at - timedelta(hours=hours)
            if phase == ChecklistItem.Phase.START
            else end + timedelta(hours=hours),
        )
        for phase, title, owner, hours in USUAL
    )


@transaction.atomic
def add_item(
    *, round_id: int, phase: str, title: str, owner: str, due_at: datetime | None, scope: Scope,
    by: str, at: datetime,
) -> ChecklistItem:  # fmt: skip
    """Add an item to a round's list. Raises Conflict if the list has it already."""
    round_ = _round(round_id, scope)
    if round_.checklist.filter(phase=phase, title=title).exists():
        raise Conflict("checklist_item_exists", _("This item is already on the list."))
    item = ChecklistItem.objects.create(
        round=round_, phase=phase, title=title, owner=owner, due_at=due_at
    )
    _trail(round_, "checklist.add", item, by, at)
    return item


@transaction.atomic
def settle_item(
    *, item_id: int, waived_because: str = "", scope: Scope, by: str, at: datetime
) -> ChecklistItem:
    """Tick an item off, or waive it with a reason; a settled item stays as it is."""
    item = _locked(item_id, scope)
    if item.done_at is None:
        item.done_at, item.done_by, item.waived_because = at, by, waived_because
        item.save(update_fields=["done_at", "done_by", "waived_because"])
        act = "checklist.waive" if waived_because else "checklist.done"
        _trail(item.round, act, item, by, at)
    return item


@transaction.atomic
def reopen_item(*, item_id: int, scope: Scope, by: str, at: datetime) -> ChecklistItem:
    """Take a tick back; who had ticked stays in the audit trail."""
    item = _locked(item_id, scope)
    if item.done_at is not None:
        item.done_at, item.done_by, item.waived_because = None, "", ""
        item.save(update_fields=["done_at", "done_by", "waived_because"])
        _trail(item.round, "checklist.reopen", item, by, at)
    return item


def _locked(item_id: int, scope: Scope) -> ChecklistItem:
    item = (
        ChecklistItem.objects.within(scope)
        .filter(pk=item_id)
        .select_related("round__campaign")
        .select_for_update(of=("self",))
        .first()
    )
    if item is None:
        raise Refused("checklist_item_unknown", _("There is no such item in your area."))
    return item


def _round(round_id: int, scope: Scope) -> Round:
    found = Round.objects.planned_within(scope).filter(pk=round_id)
    round_ = found.select_related("campaign").first()
    if round_ is None:
        raise Refused("round_unknown", _("There is no such round in your area."))
    return round_


def _trail(round_: Round, act: str, item: ChecklistItem, by: str, at: datetime) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="round", object_id=str(round_.pk),
        district_id=round_.campaign.district_id, item=item.pk, phase=item.phase,
    )  # fmt: skip
