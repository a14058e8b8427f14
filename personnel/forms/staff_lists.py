"""What people type about teams, task forces and the district's own lists."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.choices import PlainSelect, Ready
from core.forms import LocalMomentField, RuleField, WholeNumberField
from core.inputs import phone
from personnel.forms.staff import PickField
from personnel.models import DutyRole, Organisation, StaffingNorm
from personnel.queries.terms import Lists
from personnel.services.organisations import Body
from personnel.services.taskforces import ForceDetails
from personnel.services.teams import TeamDetails
from sites.forms.fields import ShortCode, ShortName

LARGEST_TEAM = 5_000


class DeskPhoneField(RuleField):
    """A duty desk's telephone: landlines are as good as mobile numbers."""

    rule = staticmethod(lambda text: phone(text, confirmed=True))


class PersonPickField(forms.TypedChoiceField):
    """One of some people by masked name; nothing chosen is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=uuid.UUID, empty_value=None, widget=PlainSelect, **kwargs)

    def offer(self, rows: list[tuple[str, str]], *, empty: Any) -> None:
        self.choices = Ready([("", empty), *rows])  # type: ignore[assignment]


class TeamForm(forms.Form):
    """A support team. Its leader is one of its listed members or of the body that sends it."""

    name = ShortName(label=_("Name"), max_length=120)
    name_en = ShortName(label=_("English name"), max_length=80, required=False)
    code = ShortCode(
        label=_("Code"), max_length=24, required=False, help_text=_("Empty: the next number.")
    )
    sent_by = PickField(label=_("Sent by"))
    source = PickField(label=_("Source category"))
    headcount = WholeNumberField(
        label=_("Headcount"),
        minimum=1,
        maximum=LARGEST_TEAM,
        help_text=_("As its sender states it; members need not be listed one by one."),
    )
    arrives_at = LocalMomentField(label=_("Arrives at"))
    returns_at = LocalMomentField(
        label=_("Returns at"), required=False, help_text=_("Empty: not agreed yet.")
    )
    leader = PersonPickField(label=_("Leader"), required=False)

    def __init__(
        self, *args: Any, lists: Lists, people: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("sent_by", lists.organisations), ("source", lists.categories)):
            field = self.fields[name]
            assert isinstance(field, PickField)
            field.offer(rows, empty=_("choose"))
        leader = self.fields["leader"]
        assert isinstance(leader, PersonPickField)
        leader.offer(people, empty=_("none"))
        if not people:
            del self.fields["leader"]

    def details(self) -> TeamDetails:
        """The cleaned data as the service takes them."""
        data = self.cleaned_data
        return TeamDetails(
            name=data["name"],
            name_en=data["name_en"],
            code=data["code"],
            sent_by_id=data["sent_by"],
            source_id=data["source"],
            headcount=data["headcount"],
            arrives_at=data["arrives_at"],
            returns_at=data["returns_at"],
            leader_id=data.get("leader"),
        )


class ForceForm(forms.Form):
    """A task force; its head is one of its members."""

    name = ShortName(label=_("Name"), max_length=60)
    name_en = ShortName(label=_("English name"), max_length=80, required=False)
    lead = PickField(label=_("Lead body"), required=False)
    head = PersonPickField(label=_("Head of the task force"), required=False)

    def __init__(
        self, *args: Any, lists: Lists, people: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        lead, head = self.fields["lead"], self.fields["head"]
        assert isinstance(lead, PickField)
        assert isinstance(head, PersonPickField)
        lead.offer(lists.organisations, empty=_("none"))
        head.offer(people, empty=_("none"))
        if not people:
            del self.fields["head"]

    def details(self) -> ForceDetails:
        """The cleaned data as the service takes them."""
        data = self.cleaned_data
        return ForceDetails(
            name=data["name"],
            name_en=data["name_en"],
            lead_id=data["lead"],
            head_id=data.get("head"),
        )


class BodyForm(forms.Form):
    """A body that people or vehicles belong to."""

    name = ShortName(label=_("Name"), max_length=120)
    name_en = ShortName(label=_("English name"), max_length=80, required=False)
    code = ShortCode(
        label=_("Code"), max_length=24, required=False, help_text=_("Empty: the next number.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    street = PickField(label=_("Street or town"), required=False)
    phone = DeskPhoneField(label=_("Telephone of its duty desk"), required=False)
    closed = forms.BooleanField(
        label=_("Closed: offered no more, its people keep it"), required=False
    )

    def __init__(self, *args: Any, lists: Lists, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        street = self.fields["street"]
        assert isinstance(street, PickField)
        street.offer(
            lists.own_streets, empty=_("whole district") if lists.scope.districts else None
        )
        if new:
            del self.fields["closed"]

    def body(self) -> Body:
        """The cleaned data as the service takes them."""
        data = self.cleaned_data
        return Body(
            name=data["name"],
            name_en=data["name_en"],
            code=data["code"],
            kind=data["kind"],
            street_id=data["street"],
            phone=data["phone"],
        )


class TermForm(forms.Form):
    """A row of a list: its words. The code is given once, for imports name it."""

    code = ShortCode(label=_("Code"), max_length=24)
    name = ShortName(label=_("Name"), max_length=60)
    name_en = ShortName(label=_("English name"), max_length=80, required=False)

    def __init__(self, *args: Any, lists: Lists, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = lists
        if not new:
            del self.fields["code"]

    def values(self) -> dict[str, Any]:
        """The cleaned data as fields of the row."""
        return dict(self.cleaned_data)


class CategoryForm(TermForm):
    """A source category."""

    medical = forms.BooleanField(label=_("counts as medical staff"), required=False)


class KindForm(TermForm):
    """A kind of qualification."""

    valid_days = WholeNumberField(
        label=_("Valid for days"),
        minimum=1,
        maximum=10_000,
        required=False,
        help_text=_("Empty: it does not run out."),
    )


class RoleForm(TermForm):
    """A role on duty."""

    function = forms.ChoiceField(label=_("Function"), choices=DutyRole.Function.choices)
    in_ppe = forms.BooleanField(label=_("works in protective clothing"), required=False)
    requires: Any = forms.ModelMultipleChoiceField(
        label=_("Requires"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only who holds all of these can be booked for the role."),
    )

    def __init__(self, *args: Any, lists: Lists, **kwargs: Any) -> None:
        super().__init__(*args, lists=lists, **kwargs)
        requires = self.fields["requires"]
        assert isinstance(requires, forms.ModelMultipleChoiceField)
        requires.queryset = lists.kind_rows


class NormForm(forms.Form):
    """How many of a role each unit or point needs, and where the number comes from."""

    role = PickField(label=_("Role on duty"))
    per = forms.ChoiceField(label=_("For"), choices=StaffingNorm.Per.choices)
    people = forms.DecimalField(
        label=_("People needed"),
        min_value=Decimal("0.01"),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_("Empty: this norm ends."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    source = ShortName(label=_("Source of the number"), max_length=200, required=False)

    def __init__(self, *args: Any, lists: Lists, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, PickField)
        role.offer(lists.roles)


def rows_of(people: Any) -> list[tuple[str, str]]:
    """People as choices: masked name, last four, home unit."""
    return [
        (str(member.pk), f"{member.name_mask} {member.id_last4} · {member.home_unit}")
        for member in people
    ]
