"""The least a web process can do: read a request, answer nothing. The baseline of requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from bench.load.bodies import Shot, post
from bench.load.firing import fire
from bench.load.wire import Wire
from launch.programs import standard_argv, web_threads

if TYPE_CHECKING:
    from launch.stack import Stack

#: About the size of a tube of ten.
BODY = b"x" * 2800


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body and answer two bytes."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def requests_per_second(stack: Stack, *, seconds: float = 1.0, lanes: int = 32) -> float:
    """Requests a second of as many web processes and threads as the product has, doing nothing."""
    port = stack.ports.choose("empty", None)
    bind = f"127.0.0.1:{port}"
    argv = standard_argv("web", bind=bind, workers=2, threads=web_threads())
    argv += ["--application", "bench.load.empty:application"]
    shot = Shot(post("127.0.0.1", "/", BODY, "Device x"), 0, 0, (), 0)
    # Its counts lie elsewhere: a web clears the folder when it starts and when it ends.
    counts = {"PROMETHEUS_MULTIPROC_DIR": str(stack.data / "run" / "empty")}
    stack.start("empty", argv, env=counts, restart="never")
    _await(port, shot.request)
    volley = fire(port, [shot] * 100_000, lanes=lanes, seconds=seconds)
    stack.stop("empty")
    taken = sum(each.status == 200 for each in volley.deliveries)
    return taken / (volley.ended - volley.began)


def _await(port: int, request: bytes) -> None:
    """Return once it answers. Raises RuntimeError after ten seconds: a baseline of 0 is none."""
    wire = Wire(port)
    try:
        for _try in range(200):
            try:
                wire.ask(request)
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the empty web does not answer: see log/empty.log")
    finally:
        wire.close()
