"""A telephone at a sampling unit: it spends its code, then sends a tube as any device does."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from bench.load.bodies import post
from bench.load.wire import Wire


class Phone:
    """One enrolled device."""

    def __init__(self, port: int, code: str) -> None:
        self._wire = Wire(port)
        answer = self._ask("/api/v1/devices/enrol/", {"code": code}, "")
        self._token, self._round = answer["token"], answer["round"]

    def send_tube(self, documents: list[str]) -> None:
        """Open a tube, add these people, seal it. Raises LookupError unless all is created."""
        at = datetime.now(UTC).isoformat()
        tube = f"E{uuid.uuid4().int % 10**9:09d}"
        items: list[dict[str, Any]] = [
            {"kind": "open", "tube": tube, "pool_size": 10, "channel": "general"}
        ]
        items += [
            {"kind": "add", "tube": tube, "person": {"id_number": number}} for number in documents
        ]
        items.append({"kind": "seal", "tube": tube})
        for seq, item in enumerate(items):
            item |= {"id": str(uuid.uuid4()), "seq": seq, "at": at, "round": self._round}
        answer = self._ask("/api/v1/capture/", {"items": items}, f"Device {self._token}")
        verdicts = {result["verdict"] for result in answer["results"]}
        if verdicts != {"created"}:
            raise LookupError(f"the tube was answered {sorted(verdicts)}")

    def _ask(self, path: str, body: dict[str, Any], authorization: str) -> Any:
        answer = self._wire.ask(post("127.0.0.1", path, json.dumps(body).encode(), authorization))
        if answer.status >= 300:
            raise LookupError(f"{path} answered {answer.status}: {answer.body[:200]!r}")
        return json.loads(answer.body)
