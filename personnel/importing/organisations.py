"""Bodies out of a sheet: what a list of people names as home units (S020, S078)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.imports.bulk import delete_rows, insert_rows, rests_on, update_rows
from core.imports.headings import plain
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from core.inputs import Refused, clean_code, clean_name
from core.scope import Scope
from personnel.importing.words import name_of_list, named, read_phone, show_named
from personnel.models import Organisation
from personnel.services.codes import next_code

Kind = Organisation.Kind
_KINDS = {
    Kind.HOSPITAL: "医院 卫生院 医疗机构 社区卫生服务中心 hospital healthcentre",
    Kind.BUREAU: "委办局 区级部门 部门 局 机关 bureau",
    Kind.STREET: "街道 镇 街道办 街镇 乡镇 street town",
    Kind.COMMUNITY: "社区 村 村社区 居委会 村委会 community village",
    Kind.SENDING: "派出县 县 支援县 外县 sending county sendingcounty",
    Kind.CARRIER: "运输企业 运输公司 客运公司 企业 carrier transportfirm",
    Kind.OTHER: "其他 other",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
FIELDS = ["name", "name_en", "kind", "street_id", "phone"]
_USED = Reason("undo_used", _("Something else refers to it already."))
_CHANGED = Reason("undo_changed", _("It was changed again since."))


def read_kind(text: str) -> str:
    """The kind of body that a word means, in Chinese or English."""
    kind = _KIND_OF.get(plain(text)) or next(
        (each for each in Kind if plain(str(each.label)) == plain(text)), None
    )
    if kind is None:
        raise Refused("body_kind", _("This kind of body is not known; leave it empty for other."))
    return kind.value


COLUMNS = (
    Column(
        "name",
        _("Name"),
        ("名称", "单位", "单位名称", "机构", "机构名称", "organisation"),
        required=True,
        example="第九人民医院",
        read=name_of_list,
    ),
    Column(
        "kind",
        _("Kind"),
        ("类型", "性质", "单位类型", "类别"),
        example="医院",
        hint=_("hospital, bureau, street, community, sending county, transport firm, or other"),
        read=read_kind,
        show=lambda value: str(Kind(value).label),
    ),
    Column(
        "code",
        _("Code"),
        ("编码", "代码", "单位编码", "编号"),
        example="H9",
        hint=_("empty: the next number"),
        read=lambda text: clean_code(text, max_length=24),
    ),
    Column(
        "phone",
        _("Telephone of its duty desk"),
        ("值班电话", "电话", "联系电话", "总机", "phone"),
        example="023-68281234",
        read=read_phone,
    ),
    Column(
        "street",
        _("Street or town"),
        ("街道", "镇街", "街镇", "所在街道", "street"),
        hint=_("only for bodies of one street; empty: the whole district"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "name_en",
        _("English name"),
        ("英文名", "英文名称"),
        read=lambda text: clean_name(text, max_length=80),
    ),
)


class Organisations(ImportKind):
    """Bodies that people and vehicles belong to."""

    code = "organisations"
    key_column = "name"
    title = _("Bodies (home units)")
    intro = _(
        "One row for each hospital, bureau, street or sending county. Bring these before the list "
        "of people, which names them."
    )
    permission = "manage_staff"
    after = "staff:lists"
    nowhere = _("Only somebody of the whole district imports its bodies.")
    columns = COLUMNS
    samples = (
        ("第九人民医院", "医院", "H9", "023-68281234", "", ""),
        ("寿阳县", "派出县", "", "", "", "Shouyang County"),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """The districts of the caller."""
        districts = Division.objects.current().filter(pk__in=scope.districts)
        return [
            PlaceChoice(str(each.pk), each.name, Place(each.pk))
            for each in districts.order_by("code")
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        return str(values.get("name", "")).casefold()

    def label(self, values: Mapping[str, Any]) -> str:
        return str(values.get("name", ""))

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        stored = _Stored(place)
        for row in rows:
            if not row.refused:
                stored.judge(row)
        _refuse_doubled_codes(rows)

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        stored = _Stored(place, lock=True)
        free = int(next_code(Organisation, place.district_id, "U")[1:])
        last = max((body.position for body in stored.by_code.values()), default=0)
        made = []
        for row in (row for row in rows if row.verdict == Verdict.NEW):
            code = row.values.get("code")
            if not code:
                code, free = f"U{free:02}", free + 1
            last += 1
            body = Organisation(district_id=place.district_id, code=code, position=last)
            made.append(stored.fill(body, row.values))
            row.target = code
        insert_rows(made, key="code")
        keys = {body.code: str(body.pk) for body in made}
        touched = []
        for row in rows:
            if row.verdict == Verdict.NEW:
                row.target = keys[row.target]
            elif row.verdict == Verdict.CHANGED:
                there = stored.find(row)
                now = stored.told(there) if there else {}
                if there is None or any(now[name] != old for name, old in row.before.items()):
                    raise EditedMeanwhile(row.label)
                row.target = str(there.pk)
                touched.append(stored.fill(there, row.values))
        update_rows(touched, FIELDS)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        stored = _Stored(place, lock=True)
        bodies = {str(body.pk): body for body in stored.by_code.values()}
        new = {int(row.target): row for row in rows if row.verdict == Verdict.NEW}
        changed = [row for row in rows if row.verdict == Verdict.CHANGED]
        used = rests_on(Organisation, new)
        blocked = [(new[pk].line, new[pk].label, _USED) for pk in sorted(used)]
        for row in [*(new[pk] for pk in sorted(set(new) - used)), *changed]:
            body = bodies.get(row.target)
            now = stored.told(body) if body else {}
            names = set(row.before or row.values) - {"code"}
            if any(now.get(name) != row.values[name] for name in names):
                blocked.append((row.line, row.label, _CHANGED))
        if blocked:
            raise UndoRefused(blocked)
        delete_rows(Organisation, new)
        update_rows([stored.fill(bodies[row.target], row.before) for row in changed], FIELDS)


class _Stored:
    """The district's bodies as the columns of a sheet would say them."""

    def __init__(self, place: Place, *, lock: bool = False) -> None:
        bodies = Organisation.objects.filter(district_id=place.district_id)
        if lock:
            list(bodies.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        self.by_code = {body.code: body for body in bodies.order_by("pk")}
        still = [body for body in self.by_code.values() if body.closed_at is None]
        self.by_name = {body.name.casefold(): body for body in still}
        streets = Division.objects.streets().filter(district_id=place.district_id)
        self.streets = list(streets.order_by("valid_to"))
        self.street_of = {street.pk: named(street) for street in self.streets}

    def find(self, row: Row) -> Organisation | None:
        """The body that a row means: by its code, or by its name where it gives none."""
        code = row.values.get("code")
        return self.by_code.get(code) if code else self.by_name.get(row.values["name"].casefold())

    def told(self, body: Organisation) -> dict[str, Any]:
        return {
            "name": body.name,
            "name_en": body.name_en,
            "kind": body.kind,
            "phone": body.phone,
            "street": self.street_of.get(body.street_id or 0, ""),
        }

    def judge(self, row: Row) -> None:
        """Compare one row, after its street was found."""
        if "street" in row.values:
            found = self._street(row.values["street"])
            if found is None:
                row.refuse("street", _("There is no such street in the district."), "street")
                return
            row.values["street"] = named(found)
        body = self.find(row)
        other = self.by_name.get(row.values["name"].casefold())
        if other is not None and other is not body:
            row.refuse(
                "organisation_twice",
                _("A body of this name is there already, with another code."),
                "code",
            )
            return
        if body is None:
            row.verdict = Verdict.NEW
            return
        now = self.told(body)
        row.before = {name: old for name, old in now.items() if row.values.get(name, old) != old}
        row.verdict = Verdict.CHANGED if row.before else Verdict.SAME

    def fill(self, body: Organisation, values: Mapping[str, Any]) -> Organisation:
        """Set what the values say, and leave the rest."""
        for name in ("name", "name_en", "kind", "phone"):
            setattr(body, name, values.get(name, getattr(body, name)))
        if "street" in values:
            code = values["street"]["code"] if values["street"] else None
            ids = {street.code: street.pk for street in self.streets}
            body.street_id = ids[code] if code else None
        return body

    def _street(self, word: str) -> Division | None:
        current = [street for street in self.streets if street.valid_to is None]
        return next(
            (s for s in current if word.casefold() in {
                text.casefold() for text in (s.code, s.name, *s.aliases)
            }),
            None,
        )  # fmt: skip


def _refuse_doubled_codes(rows: Sequence[Row]) -> None:
    """Names come once in a sheet; so must codes."""
    seen: dict[str, Row] = {}
    for row in rows:
        code = row.values.get("code")
        if row.refused or not code:
            continue
        if code in seen:
            row.refuse("code_twice", _("This code stands in another row too."), "code")
        seen.setdefault(code, row)


ORGANISATIONS = Organisations()
