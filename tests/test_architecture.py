"""The house keeps its shape: who imports whom, how long things are, where the floor lies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["core", "campaigns", "sites", "personnel", "logistics", "laboratory", "reporting",
         "planning"]  # fmt: skip
CLOSETS = ["progress", "alerts", "daily", "boards", "outlets"]
# Within a room: lower words never import higher ones.
LAYERS = {"models": 0, "services": 1, "queries": 1, "permissions": 2, "forms": 3, "views": 4,
          "api": 4, "tasks": 4}  # fmt: skip
SEE_ALL = ["config", "tests", "demo", "bench", "drills"]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
# A measurement is one straight run from preparation to figures.
LONGEST_RUN = 60
# Rows that name persons or samples: a missing policy here would show a street to its neighbour.
PERSONAL = {
    "campaigns_resident",
    "campaigns_exemption",
    "campaigns_registersource",
    "campaigns_residentbefore",
    "sites_swab",
    "sites_coverage",
    "sites_offregisterperson",
    "personnel_staffmember",
    "logistics_visit",
}


@cache
def sources() -> list[Path]:
    """Python files of the product, its demo and its tools; tests are not among them."""
    tops = [*ROOMS, *SEE_ALL, "launch", "docs"]
    found = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    return sorted(p for p in found if "tests" not in p.relative_to(ROOT).parts[:1])


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted module) of every import, also those inside functions."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the whole path"
            module = node.module or ""
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def offences(judge) -> list[str]:
    found = set()
    for path in sources():
        parts = path.relative_to(ROOT).with_suffix("").parts
        for line, module in imports(path):
            if judge(parts, module.split(".")):
                found.add(f"{path.relative_to(ROOT)}:{line} imports {module}")
    return sorted(found)


def test_rooms_import_only_from_rooms_before_them() -> None:
    def upward(mine: tuple[str, ...], theirs: list[str]) -> bool:
        if mine[0] not in ROOMS or theirs[0] not in ROOMS:
            return False
        return ROOMS.index(theirs[0]) > ROOMS.index(mine[0])

    assert offences(upward) == []


def test_closets_of_reporting_import_only_from_those_before_them() -> None:
    def upward(mine: tuple[str, ...], theirs: list[str]) -> bool:
        if mine[0] != "reporting" or len(mine) < 3 or theirs[:1] != ["reporting"]:
            return False
        if len(theirs) < 2 or theirs[1] not in CLOSETS:
            return False
        return CLOSETS.index(theirs[1]) > CLOSETS.index(mine[1])

    assert offences(upward) == []


def test_nothing_imports_the_wiring_nor_what_stands_outside() -> None:
    def outside(mine: tuple[str, ...], theirs: list[str]) -> bool:
        if mine[0] in SEE_ALL or mine[0] == "docs":
            return False
        return theirs[0] in SEE_ALL

    assert offences(outside) == []


def test_the_launcher_stands_alone() -> None:
    """It runs before anything is installed: what it needs later, it imports later."""
    leaning = []
    for path in (ROOT / "launch").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in getattr(node, "names", [])]
            module = getattr(node, "module", None)
            if isinstance(node, ast.Import | ast.ImportFrom):
                tops = {name.split(".")[0] for name in ([module] if module else names)}
                if foreign := tops & {*ROOMS, "django", "celery", "config"}:
                    leaning.append(f"{path.name}: {sorted(foreign)}")

    assert leaning == []


def test_inside_a_room_the_lower_never_imports_the_higher() -> None:
    def upward(mine: tuple[str, ...], theirs: list[str]) -> bool:
        home = _home(mine)
        if home is None or tuple(theirs[: len(home)]) != home:
            return False
        mine_layer, their_layer = _layer(mine[len(home) :]), _layer(theirs[len(home) :])
        if mine_layer is None or their_layer is None:
            return False
        return their_layer > mine_layer

    assert offences(upward) == []


def _home(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    if parts[0] == "reporting" and len(parts) > 2:
        return parts[:2]
    return parts[:1] if parts[0] in ROOMS else None


def _layer(rest: tuple[str, ...] | list[str]) -> int | None:
    return LAYERS.get(rest[0]) if rest else None


def test_no_module_is_named_for_nothing() -> None:
    vague = [
        path.relative_to(ROOT)
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if VAGUE & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]

    assert vague == []


def test_files_stay_readable() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    ]

    assert long == []


def test_functions_stay_readable() -> None:
    long = []
    for path in sources():
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = _code_lines(node)
                tool = path.relative_to(ROOT).parts[0] in ("bench", "drills")
                if lines > (LONGEST_RUN if tool else LONGEST_FUNCTION):
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")

    assert long == []


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body; the signature and the docstring explain, they do not complicate."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.django_db
def test_every_table_of_persons_has_its_floor() -> None:
    from django.apps import apps
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity,
                      ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid)
               FROM pg_class c
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                 AND NOT c.relispartition"""
        )
        tables = {row[0]: (row[1], set(row[2])) for row in cursor.fetchall()}
    keyed = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "person_key" for field in model._meta.get_fields())
    }

    assert keyed == PERSONAL
    # Rows of imports are encrypted whole; a sheet may hold anything.
    others = {
        "core_importrow",
        "campaigns_registerchunk",
        "campaigns_contradiction",
        "campaigns_unmasking",
    }
    for table in PERSONAL | others:
        assert tables[table] == (True, {f"{table}_app", f"{table}_worker"}), table


@pytest.mark.django_db
def test_partitions_are_reached_through_their_table_only() -> None:
    """A right on a partition itself would lead past the policies of its table."""
    from django.db import connection

    from tests.sites.make import make_round

    make_round()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'
               AND (has_table_privilege('jinjian_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                 OR has_table_privilege('jinjian_worker', c.oid, 'SELECT, INSERT, UPDATE'))"""
        )
        open_partitions = cursor.fetchall()

    assert open_partitions == []


@pytest.mark.django_db
def test_staged_rows_of_the_register_are_the_workers_alone() -> None:
    """COPY FROM is refused under row-level security, so the stage has rights instead."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT has_table_privilege('jinjian_app', 'campaigns_registerstage',
                                          'SELECT, INSERT, UPDATE, DELETE'),
                      has_function_privilege('jinjian_app', 'campaigns_stage_open(uuid)',
                                             'EXECUTE'),
                      has_table_privilege('jinjian_worker', 'campaigns_registerstage', 'INSERT')"""
        )
        assert cursor.fetchone() == (False, False, True)


@pytest.mark.django_db
def test_the_application_may_not_truncate_nor_own() -> None:
    """TRUNCATE would pass under row-level security."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE pg_get_userbyid(c.relowner) = current_user),
                      count(*) FILTER (WHERE c.relkind IN ('r', 'p')
                                       AND has_table_privilege(c.oid, 'TRUNCATE')),
                      bool_or(r.rolsuper OR r.rolbypassrls)
               FROM pg_class c JOIN pg_roles r ON r.rolname = current_user
               WHERE c.relnamespace = 'public'::regnamespace"""
        )
        assert cursor.fetchone() == (0, 0, False)


def test_functions_of_the_owner_fix_their_search_path() -> None:
    """A SECURITY DEFINER function without one could be led to other tables."""
    text = "\n".join(p.read_text() for p in sources() if "migrations" in p.parts)
    definers = re.findall(r"SECURITY DEFINER(.{0,40})", text)

    assert definers
    assert all("SET search_path = public" in rest for rest in definers)


def test_core_statements_take_no_values_in_their_text() -> None:
    """Migrations and roll-ups compose SQL from names of ours; nobody formats a value into it."""
    offending = []
    for path in sources():
        if path.relative_to(ROOT).parts[0] not in ROOMS:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"execute\(\s*f?[\"'].*%\s*\(", line):
                offending.append(f"{path.relative_to(ROOT)}:{number}")

    assert offending == []
