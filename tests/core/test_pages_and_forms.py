"""A page and its fragment from one view; form fields over the input rules."""

import pytest
from django import forms

from core import pages
from core.forms import (
    BarcodeField,
    CodeField,
    LocalDayField,
    NameField,
    NoteField,
    PhoneField,
    WholeNumberField,
)


@pytest.mark.parametrize(
    ("headers", "template", "stored"),
    [
        ({}, "page.html", True),
        ({"hx-request": "true"}, "part.html", False),
        ({"hx-request": "true", "hx-history-restore-request": "true"}, "page.html", True),
        ({"hx-request": "yes"}, "page.html", True),
    ],
)
def test_htmx_gets_the_fragment_and_everybody_else_the_page(
    rf, monkeypatch, headers, template, stored
):
    def render(request, name, context, status):
        return pages.HttpResponse(f"{name} {context['x']}", status=status)

    monkeypatch.setattr(pages, "render", render)
    response = pages.page_or_partial(
        rf.get("/", headers=headers), "page.html", "part.html", {"x": 1}, status=422
    )
    assert response.content.decode() == f"{template} 1"
    assert response.status_code == 422
    assert response["Vary"] == "HX-Request"
    assert (response.get("Cache-Control") == "no-store") is not stored


class Everything(forms.Form):
    number = WholeNumberField(maximum=100_000)
    optional = WholeNumberField(required=False)
    name = NameField()
    code = CodeField()
    note = NoteField(required=False)
    phone = PhoneField()
    tube = BarcodeField()
    day = LocalDayField(required=False)


GOOD = {
    "number": "１，２００",
    "optional": " ",
    "name": " 张\u3000三 ",
    "code": "ＣＪＧ-01",
    "note": "",
    "phone": "138 0013 8000",
    "tube": "]c1bb000001",
    "day": "2021/11/4",
}


def test_a_form_cleans_by_the_rules():
    form = Everything(GOOD)
    assert form.is_valid(), form.errors
    assert {field: str(value) for field, value in form.cleaned_data.items()} == {
        "number": "1200",
        "optional": "None",
        "name": "张 三",
        "code": "CJG-01",
        "note": "",
        "phone": "13800138000",
        "tube": "BB000001",
        "day": "2021-11-04",
    }


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("number", "1.2万", "number_offered"),
        ("number", "100001", "number_out_of_range"),
        ("number", "", "required"),
        ("number", "\u3000", "required"),
        ("name", "a\x00b", "text_control"),
        ("code", "a b", "code_characters"),
        ("note", "\u202e", "text_direction"),
        ("phone", "12345", "phone_confirm"),
        ("tube", "x", "barcode_length"),
        ("day", "03/04/2026", "day_format"),
    ],
)
def test_a_form_refuses_with_the_rule_s_code(field, text, code):
    form = Everything(GOOD | {field: text})
    assert not form.is_valid()
    assert {
        name: [error.code for error in errors.as_data()] for name, errors in form.errors.items()
    } == {field: [code]}
