"""Translations without gettext's tools: `python -m launch.translations update|check|compile`.

Babel reads Python; templates go through Django's `templatize`, which turns them into something
that Babel's Python extractor reads. The .po files are the source, the .mo files are made.
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = {"zh_Hans": "Simplified Chinese"}
DOMAIN = "django"
SKIPPED = {".venv", "node_modules", "var", "tests", "locale", "launch", ".git", "bench", "drills"}
KEYWORDS: Any = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators",)
Found = tuple[int, Any, list[str], str | None]


def po_path(locale: str) -> Path:
    """Give the path of a locale's .po file."""
    return ROOT / "locale" / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def sources() -> Iterator[Path]:
    """List the Python files and templates that may hold words for people."""
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in SKIPPED)
        for name in sorted(files):
            if name.endswith((".py", ".html", ".txt")):
                path = Path(folder) / name
                if name.endswith(".py") or "templates" in path.relative_to(ROOT).parts:
                    yield path


def words_in(path: Path) -> Iterator[Found]:
    """Extract (line, message or (singular, plural), comments, context) from one file."""
    if path.suffix == ".py":
        source = path.read_bytes()
    else:
        # Its output is not Python: a stream of calls between X's. Babel's tokenizer reads it.
        from django.utils.translation.template import templatize

        calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # The tokenizer minds indentation, which means nothing here.
        source = "\n".join(line.lstrip() for line in calls.splitlines()).encode()
    options = {"encoding": "utf-8"}
    found: Any = extract("python", io.BytesIO(source), KEYWORDS, COMMENT_TAGS, options)
    yield from found


def template_catalog() -> Catalog:
    """Collect every message of the checkout."""
    catalog = Catalog(project="Jinjian", charset="utf-8")
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for line, message, comments, context in words_in(path):
            catalog.add(
                message,
                locations=[(place, line)],
                auto_comments=comments,
                context=context,
            )
    return catalog


def load(locale: str) -> Catalog:
    """Read a locale's catalog; an empty one if there is no file yet."""
    path = po_path(locale)
    if not path.exists():
        return Catalog(locale=locale, project="Jinjian", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=locale, domain=DOMAIN)


def identity(message: Message) -> tuple[str | None, object]:
    """Give what makes two messages the same: context and text."""
    text = message.id
    return message.context, tuple(text) if isinstance(text, list | tuple) else text


def update() -> int:
    """Write new messages into the .po files and drop those that nothing uses."""
    template = template_catalog()
    for locale in LOCALES:
        catalog = load(locale)
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        # Line numbers change with every edit above them and only make merges hard.
        for message in catalog:
            places: Any = sorted({(place, None) for place, _ in message.locations})
            message.locations = places
        path = po_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_as_po(catalog))
        missing = sum(1 for message in catalog if message.id and not _complete(message))
        print(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {missing} to translate")
    return 0


def _as_po(catalog: Catalog) -> bytes:
    """Give the file's content, without the dates: they would differ at every run."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=100, sort_output=True, ignore_obsolete=True)
    dates = (b'"POT-Creation-Date:', b'"PO-Revision-Date:')
    lines = stream.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(dates))


def check() -> int:
    """Say which messages lack a translation, are doubtful, or are used no more; 1 if any."""
    wanted = {identity(message): message for message in template_catalog() if message.id}
    faults = []
    for locale in LOCALES:
        catalog = load(locale)
        held = {identity(message): message for message in catalog if message.id}
        for key, message in wanted.items():
            place = message.locations[0][0] if message.locations else "?"
            if key not in held or not _complete(held[key]):
                faults.append(f"{locale}: not translated: {key[1]!r} ({place})")
            elif held[key].fuzzy:
                faults.append(f"{locale}: marked fuzzy: {key[1]!r} ({place})")
        faults += [f"{locale}: used no more: {key[1]!r}" for key in held if key not in wanted]
        for message in catalog:
            faults += [f"{locale}: {message.id!r}: {fault}" for fault in message.check(catalog)]
    for fault in faults:
        print(fault)
    if faults:
        print(f"{len(faults)} faults; `python -m launch.translations update` writes new messages")
    return 1 if faults else 0


def _complete(message: Message) -> bool:
    text = message.string
    return all(text) if isinstance(text, list | tuple) else bool(text)


def compile_all() -> int:
    """Make the .mo files that are older than their .po files."""
    for path in (ROOT / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=path.parts[-3], domain=DOMAIN)
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as stream:
            write_mo(stream, catalog)
        draft.replace(target)
    return 0


def main() -> int:
    """Run the command that the first argument names."""
    commands = {"update": update, "check": check, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(f"usage: python -m launch.translations {' | '.join(commands)}", file=sys.stderr)
        return 2
    return commands[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())
