"""What a form asks is done, or refused at the place where it can be mended."""

import pytest
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404

from core.acts import accepted, attempt
from core.inputs import Conflict, Refused


class Shape(forms.Form):
    name = forms.CharField()
    size = forms.IntegerField(required=False)


def shape(name: str = "Tower") -> Shape:
    return Shape({"name": name, "size": "3"})


def refusing(error: BaseException):
    def act(_data):
        raise error

    return act


def gone() -> Refused:
    refused = Refused("point_unknown", "There is no such point.")
    refused.status = 404
    return refused


def test_a_valid_form_is_done_with_its_data_and_gives_what_the_service_returned():
    done = accepted(shape(), lambda data: (data["name"], data["size"]))

    assert done
    assert done.value == ("Tower", 3)
    assert done.refused is None


def test_a_service_that_returns_nothing_is_done_all_the_same():
    done = accepted(shape(), lambda data: None)

    assert done
    assert done.value is None


def test_an_invalid_form_is_not_acted_upon_and_its_first_error_is_the_sentence():
    called = []
    form = shape(name="")
    done = accepted(form, called.append)

    assert not done
    assert called == []
    assert done.refused.code == "required"
    assert done.refused.text == str(form.errors["name"][0])
    with pytest.raises(Refused):
        _ = done.value


@pytest.mark.parametrize(
    ("refused", "more", "field"),
    [
        (Refused("name_taken", "Taken."), {}, "__all__"),
        (Refused("name_taken", "Taken.").at("name"), {}, "name"),
        (Refused("name_taken", "Taken.").at("items[3]"), {}, "__all__"),
        (Conflict("name_taken", "Taken."), {"fields": {"name_taken": "size"}}, "size"),
        (Conflict("name_taken", "Taken."), {"otherwise": "size"}, "size"),
        (Refused("name_taken", "Taken.").at("name"), {"otherwise": "size"}, "name"),
    ],
)
def test_a_refusal_stands_where_it_can_be_mended(refused, more, field):
    form = shape()
    done = accepted(form, refusing(refused), **more)

    assert not done
    assert done.refused is refused
    assert form.errors.as_data()[field][0].code == "name_taken"
    assert list(form.errors) == [field]
    assert form["name"].value() == "Tower"


def test_a_percent_sign_in_words_is_no_place_to_fill():
    form = shape()
    accepted(form, refusing(ValidationError("100 % of people")))
    done = accepted(form, refusing(Refused("again", "again")))

    assert done.refused.text == "100 % of people"
    assert done.refused.as_validation_error().messages == ["100 % of people"]


def test_the_complaints_of_a_model_go_to_their_fields():
    form = shape()
    unfit = ValidationError({"size": "Too large.", "pk": "Unknown."})
    done = accepted(form, refusing(unfit))

    assert not done
    assert form.errors["size"] == ["Too large."]
    assert form.errors["__all__"] == ["Unknown."]


def test_a_broken_constraint_is_told_in_words():
    form = shape()
    done = accepted(form, refusing(IntegrityError("duplicate key value (name)=(secret)")))

    assert not done
    assert done.refused.code == "not_consistent"
    assert form.errors["__all__"] == [done.refused.text]
    assert "secret" not in done.refused.text


@pytest.mark.parametrize("error", [Http404(), PermissionDenied(), gone(), RuntimeError("bug")])
def test_what_is_no_refusal_of_the_form_flies_on(error):
    with pytest.raises(type(error)):
        accepted(shape(), refusing(error))


def test_an_act_without_a_form_gives_its_refusal_back():
    def act():
        raise Refused("too_late", "Too late.")

    assert attempt(act).refused.code == "too_late"
    assert attempt(lambda: 7).value == 7
