"""What people type about the list of people; the rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.register_import import DOCUMENT_NAMES
from core.choices import PlainSelect, Ready
from core.forms import ClientKeyField, LocalMomentField, PhoneField
from core.inputs import NO_DOCUMENT, RESIDENT, Refused, fold_digits, id_document
from personnel.models import Unveiling
from personnel.queries.people import Filters
from personnel.queries.terms import Choice, Lists
from personnel.roles import Role
from personnel.services.staff import Details
from sites.forms.fields import ShortName

STATES = [
    ("", _("on the list")),
    ("free", _("without a duty")),
    ("lent", _("lent to a street")),
    ("unreached", _("not reached")),
    ("left", _("left the list")),
]
PAPERS = [choice for choice in DOCUMENT_NAMES if choice[0] != NO_DOCUMENT]


class PickField(forms.TypedChoiceField):
    """One row of a list by its id; nothing chosen is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, widget=PlainSelect, **kwargs)

    def offer(self, rows: list[Choice], *, empty: Any = None) -> None:
        """Offer these rows, after an empty one with the words `empty`."""
        first = [] if empty is None else [("", empty)]
        self.choices = Ready([*first, *rows])  # type: ignore[assignment]


class PeopleFilterForm(forms.Form):
    """Which people the list shows. Names are not among it: they are stored encrypted."""

    organisation = PickField(label=_("Home unit"), required=False)
    source = PickField(label=_("Source category"), required=False)
    role = PickField(label=_("Role on duty"), required=False)
    street = PickField(label=_("Street or town"), required=False)
    team = PickField(label=_("Support team"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)

    def __init__(self, *args: Any, lists: Lists, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "organisation": lists.organisations,
            "source": lists.categories,
            "role": lists.roles,
            "street": lists.own_streets,
            "team": lists.teams,
        }
        for name, choices in rows.items():
            _pick(self, name).offer(choices, empty=_("all"))
        if not lists.teams:
            del self.fields["team"]

    def filters(self) -> Filters:
        """The cleaned data as the query takes them."""
        return Filters(**self.cleaned_data)


class FindStaffForm(forms.Form):
    """A whole document number, or its last four characters. Sent by POST: never in an address."""

    id_type = forms.ChoiceField(label=_("Document"), choices=PAPERS)
    number = forms.CharField(
        label=_("Number, or its last four characters"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Four characters mean the last four; anything else must be a whole number."""
        data = super().clean() or {}
        text = fold_digits(str(data.get("number", ""))).strip().upper()
        if len(text) == 4 and text.isalnum():
            data["last4"] = text
        elif text and "id_type" in data:
            try:
                data["whole"] = (data["id_type"], id_document(data["id_type"], text))
            except Refused as refused:
                self.add_error("number", refused.as_validation_error())
        return data


class PersonForm(forms.Form):
    """What is kept of a person."""

    name = ShortName(label=_("Full name"), max_length=60)
    phone = PhoneField(label=_("Telephone"), required=False)
    home_unit = PickField(label=_("Home unit"))
    source = PickField(label=_("Source category"))
    street = PickField(
        label=_("Works in"),
        required=False,
        help_text=_("The street sees and books its own people; the district sees all."),
    )
    team = PickField(label=_("Support team"), required=False)
    roles = forms.TypedMultipleChoiceField(
        label=_("Roles"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several are welcome; some need a qualification before they can be booked."),
    )

    def __init__(self, *args: Any, lists: Lists, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _pick(self, "home_unit").offer(lists.organisations, empty=_("choose"))
        _pick(self, "source").offer(lists.categories, empty=_("choose"))
        whole = _("whole district") if lists.scope.districts else None
        _pick(self, "street").offer(lists.own_streets, empty=whole)
        _pick(self, "team").offer(lists.teams, empty=_("none"))
        roles = self.fields["roles"]
        assert isinstance(roles, forms.TypedMultipleChoiceField)
        roles.choices = lists.roles
        if not lists.teams:
            del self.fields["team"]

    def details(self, *, name: str = "", phone: str = "") -> Details:
        """The cleaned data as the service takes them; `name` and `phone` where none was typed."""
        data = self.cleaned_data
        return Details(
            name=data["name"] or name,
            phone=data["phone"] or phone,
            home_unit_id=data["home_unit"],
            source_id=data["source"],
            street_id=data["street"],
            team_id=data.get("team"),
            role_ids=tuple(data["roles"]),
        )


class NewPersonForm(PersonForm):
    """A new person, known by a document."""

    id_type = forms.ChoiceField(label=_("Document"), choices=PAPERS, initial=RESIDENT)
    number = forms.CharField(
        label=_("ID number"),
        max_length=40,
        help_text=_("Stored encrypted; it tells that a person is listed once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    field_order = ["name", "id_type", "number", "phone", "home_unit", "source", "street", "roles"]


class ChangePersonForm(PersonForm):
    """Changes to a person. Name and telephone are masked: empty keeps what there is."""

    def __init__(self, *args: Any, name_mask: str, phone_mask: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, mask in (("name", name_mask), ("phone", phone_mask)):
            self.fields[field].required = False
            if mask:
                self.fields[field].help_text = _("now %(mask)s; empty keeps it") % {"mask": mask}


class UnveilForm(forms.Form):
    """Why somebody must read a name and telephone."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("choose a reason")), *Unveiling.Reason.choices]
    )


class LendForm(forms.Form):
    """To which street, until when, and with which access."""

    client_key = ClientKeyField()
    street = PickField(label=_("Street or town"))
    ends_at = LocalMomentField(
        label=_("Returns at"), help_text=_("Access to the street ends at this moment.")
    )
    role = forms.TypedChoiceField(
        label=_("Access of the account"), coerce=Role, empty_value=None, required=False
    )

    def __init__(self, *args: Any, streets: list[Choice], roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _pick(self, "street").offer(streets, empty=_("choose"))
        if roles:
            role = self.fields["role"]
            assert isinstance(role, forms.TypedChoiceField)
            none = ("", pgettext_lazy("access", "none"))
            role.choices = [none, *((each.value, each.label) for each in roles)]
        else:
            del self.fields["role"]


class LinkForm(forms.Form):
    """Which account is this person's; empty unlinks it."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )


def _pick(form: forms.Form, name: str) -> PickField:
    field = form.fields[name]
    assert isinstance(field, PickField)
    return field
