"""Encrypted columns, the person key, masks."""

import base64
import hashlib
import hmac

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import (
    EncryptedTextField,
    Unreadable,
    blind_index,
    decrypt,
    encrypt,
    mask_id,
    mask_name,
    mask_phone,
    needs_rotation,
)

OLD = base64.b64encode(b"o" * 32).decode()
NEW = b"n" * 32


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back_and_no_two_values_are_alike(text):
    first, second = encrypt(text), encrypt(text)
    assert decrypt(first) == decrypt(memoryview(second)) == text
    assert first != second


def test_any_changed_byte_is_noticed():
    stored = encrypt("11010519491231002X")
    for place in range(len(stored)):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            decrypt(bytes(changed))
    for cut in (b"", stored[:1], stored[:28], stored[:-1]):
        with pytest.raises(Unreadable):
            decrypt(cut)


def test_keys_rotate_without_losing_what_was_written(settings):
    settings.FIELD_KEYS = {1: OLD}
    before = encrypt("张三")
    settings.FIELD_KEYS = {1: OLD, 2: NEW}
    after = encrypt("张三")
    assert decrypt(before) == decrypt(after) == "张三"
    assert (before[0], after[0]) == (1, 2)
    assert needs_rotation(before)
    assert not needs_rotation(after)
    settings.FIELD_KEYS = {2: NEW}
    with pytest.raises(Unreadable):
        decrypt(before)


@pytest.mark.parametrize("key", [b"short", "not base64!", base64.b64encode(b"x" * 16).decode()])
def test_a_key_of_wrong_length_stops_the_process(settings, key):
    settings.FIELD_KEYS = {1: key}
    with pytest.raises(ImproperlyConfigured):
        encrypt("x")


@isolate_apps("core")
@pytest.mark.django_db
def test_a_column_holds_ciphertext_and_cannot_be_searched():
    class Secret(models.Model):
        text = EncryptedTextField(null=True)

        class Meta:
            app_label = "core"
            db_table = "core_secret"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE core_secret (id bigserial PRIMARY KEY, text bytea)")
    Secret.objects.bulk_create([Secret(text="张三"), Secret(text=""), Secret(text=None)])
    Secret.objects.filter(pk=2).update(text="李四")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM core_secret WHERE id = 1")
        stored = bytes(cursor.fetchone()[0])
    assert "张三".encode() not in stored
    assert decrypt(stored) == "张三"
    assert list(Secret.objects.order_by("id").values_list("text", flat=True)) == [
        "张三",
        "李四",
        None,
    ]
    assert Secret.objects.filter(text__isnull=True).count() == 1
    for lookup in ("text", "text__contains", "text__in"):
        with pytest.raises(FieldError):
            Secret.objects.filter(**{lookup: "张三"}).exists()


def test_the_person_key_is_a_keyed_hash_of_all_three_parts(settings):
    settings.INDEX_KEY = NEW
    message = b"jinjian/person/1\x007\x00resident\x0011010519491231002X"
    expected = hmac.new(NEW, message, hashlib.sha256).digest()[:16]
    key = blind_index(7, "resident", "11010519491231002X")
    assert key.bytes == expected
    others = {
        blind_index(8, "resident", "11010519491231002X"),
        blind_index(7, "passport", "11010519491231002X"),
        blind_index(7, "resident", "110105194912310021"),
    }
    settings.INDEX_KEY = OLD
    others.add(blind_index(7, "resident", "11010519491231002X"))
    assert len(others | {key}) == 5


def test_masks_show_what_the_rules_allow_and_no_more():
    assert mask_id("110105194912310014") == "110***********0014"
    assert mask_id("E12345678") == "E*****678"
    assert mask_id("12345") == "*****"
    assert mask_phone("13800130000") == "138****0000"
    assert mask_phone("02368210000") == "023****0000"
    assert mask_phone("68210000") == "******00"
    assert mask_phone("110") == "***"
    assert mask_name("张三丰") == "张*"
    assert mask_name("\U000217b5一") == "\U000217b5*"
    assert mask_name(" ") == ""


def test_a_print_tells_change_and_links_nobody(settings):
    from core.crypto import attribute_print

    one, two = blind_index(7, "resident", "a"), blind_index(7, "resident", "b")
    same = attribute_print(one, "phone", "13800000000")
    assert same == attribute_print(one, "phone", "13800000000")
    others = {
        attribute_print(two, "phone", "13800000000"),
        attribute_print(one, "name", "13800000000"),
        attribute_print(one, "phone", "13800000001"),
    }
    settings.INDEX_KEY = NEW
    others.add(attribute_print(one, "phone", "13800000000"))
    assert len(others | {same}) == 5
    assert all(-(2**63) <= value < 2**63 for value in others)


def test_bytes_are_kept_as_they_are():
    from core.crypto import decrypt_bytes, encrypt_bytes

    content = bytes(range(256)) * 10
    stored = encrypt_bytes(content)
    assert content not in stored
    assert decrypt_bytes(stored) == content
    with pytest.raises(Unreadable):
        decrypt_bytes(stored[:-1])
