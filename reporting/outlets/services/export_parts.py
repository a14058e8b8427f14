"""The file of a job in parts: compressed, encrypted, and written a batch at a time."""

from __future__ import annotations

import hashlib
import zlib

from core.crypto import decrypt_bytes, encrypt_bytes
from core.statements import run
from reporting.outlets.models import ExportJob

PART_BYTES = 2_000_000
"""Of the file, before compression."""


def opened(content: bytes | memoryview) -> bytes:
    """What a part holds of the file."""
    return zlib.decompress(decrypt_bytes(content))


class Parts:
    """Takes the bytes of a file in order and stores them; no more than a part is in memory."""

    def __init__(self, job: ExportJob) -> None:
        self._job = job
        self._held = bytearray()
        self._number = 0
        self._sum = hashlib.sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """Of everything written so far."""
        return self._sum.hexdigest()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._sum.update(data)
        self.bytes += len(data)
        self._held += data
        while len(self._held) >= PART_BYTES:
            self._store(bytes(self._held[:PART_BYTES]))
            del self._held[:PART_BYTES]

    def close(self) -> None:
        """Store what is left."""
        if self._held:
            self._store(bytes(self._held))
            self._held.clear()

    def _store(self, data: bytes) -> None:
        run(
            """INSERT INTO outlets_exportpart (job_id, district_id, number, content)
               VALUES (%s, %s, %s, %b)""",
            [
                self._job.pk, self._job.district_id, self._number,
                encrypt_bytes(zlib.compress(data, 1)),
            ],
        )  # fmt: skip
        self._number += 1
