"""Serve the few front-end files that come from npm, and nothing else of node_modules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Path under node_modules -> path under /static/. Only what a page really links.
NODE_FILES = {
    "bootstrap/dist/css/bootstrap.min.css": "vendor/bootstrap.min.css",
}


class NodeStorage(FileSystemStorage):
    """The files of NODE_FILES under their public names."""

    def path(self, name: str) -> str:
        """Give the file on disk behind a public name such as `vendor/bootstrap.min.css`."""
        for source, public in NODE_FILES.items():
            if public == name:
                return str(Path(self.location) / source)
        return super().path(name)


class NodeFinder(BaseFinder):
    """Static files finder over NODE_FILES; a file that npm has not brought is simply absent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = NodeStorage(location=settings.BASE_DIR / "node_modules")

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Nothing to configure, hence nothing to check."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Look up one public name."""
        found = self._present().get(path)
        if find_all:
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """List every file that is there, for whitenoise and collectstatic."""
        for public in self._present():
            yield public, self.storage

    def _present(self) -> dict[str, str]:
        paths = {public: self.storage.path(public) for public in NODE_FILES.values()}
        return {public: path for public, path in paths.items() if Path(path).is_file()}


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Production's files: a hash in each name, compressed; source maps are not looked for.

    What npm brings names maps that are not served, and Django would refuse to collect it.
    """

    patterns = tuple(
        (glob, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )
