"""A device keeps its events until the server has taken them, and sends exactly the same again."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from demo import player
from demo.player import Message, Player


class Server(ThreadingHTTPServer):
    """Answers with the statuses in `script`, then 200; a 0 cuts the connection."""

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.bodies, self.tokens = list(script), [], []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        self.server.tokens.append(self.headers["Authorization"])
        status = self.server.script.pop(0) if self.server.script else 200
        if status == 0:
            self.close_connection = True
            return
        answer = json.dumps(
            {"code": "no"} if status >= 400 else {"results": [{"verdict": "created"}]}
        ).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setattr(player, "LONGEST_WAIT", 0.01)
    running = []

    def start(*script):
        server = Server(script)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server, Player(f"http://127.0.0.1:{server.server_port}", ["one", "two"], lanes=1)

    yield start
    for server in running:
        server.shutdown()


def message(position, unit=0):
    return Message(position, unit, "/api/v1/capture/", lambda: {"items": [position]})


def test_an_outage_is_waited_out_and_the_same_body_comes_again(serve):
    server, devices = serve(503, 0, 200)

    devices.send(message(1))
    devices.send(message(2, unit=1))

    assert devices.drain(10)
    assert server.bodies == [{"items": [1]}] * 3 + [{"items": [2]}]
    assert server.tokens[-1] == "Device two"
    assert devices.verdicts["created"] == 2
    assert devices.requests["again"] == 2


def test_a_refusal_is_counted_and_blocks_nothing(serve):
    server, devices = serve(400)

    devices.send(message(1))
    devices.send(message(2))

    assert devices.drain(10)
    assert devices.refusals == {"no": 1}
    assert len(server.bodies) == 2


def test_the_oldest_message_not_taken_is_where_a_restart_goes_on(serve):
    _server, devices = serve()
    devices.close()

    devices.send(message(5))
    devices.send(message(6))

    assert devices.oldest() == 5
