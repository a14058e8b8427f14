"""Input rules R1-R6 and R11-R13, written once for forms, files and the API.

Every function is pure, returns the one written form of a value, or raises `Refused`.
"""

from core.inputs.barcode import barcode
from core.inputs.consistency import count_doubts
from core.inputs.digits import fold, fold_digits, whole_number
from core.inputs.identity import (
    DOCUMENT_TYPES,
    HK_MACAU,
    NO_DOCUMENT,
    PASSPORT,
    PERMANENT,
    RESIDENT,
    TAIWAN,
    birth_date,
    check_character,
    id_document,
)
from core.inputs.phone import phone
from core.inputs.refusal import Conflict, Refused
from core.inputs.text import clean_code, clean_name, clean_note, storable
from core.inputs.times import HERE, parse_instant, parse_local_day, parse_local_time

__all__ = [
    "DOCUMENT_TYPES",
    "HERE",
    "HK_MACAU",
    "NO_DOCUMENT",
    "PASSPORT",
    "PERMANENT",
    "RESIDENT",
    "TAIWAN",
    "Conflict",
    "Refused",
    "barcode",
    "birth_date",
    "check_character",
    "clean_code",
    "clean_name",
    "clean_note",
    "count_doubts",
    "fold",
    "fold_digits",
    "id_document",
    "parse_instant",
    "parse_local_day",
    "parse_local_time",
    "phone",
    "storable",
    "whole_number",
]
