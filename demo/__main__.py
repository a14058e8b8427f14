"""`./dev demo`: a district with a running round, from nothing to one address and one sign-in."""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import segno

from launch.binaries import MissingServer
from launch.stack import Busy, Stack

STATE = "demo.json"


def main() -> int:
    """Read the arguments and run the demo or its self-check; the exit code."""
    arguments = _parser().parse_args()
    try:
        if arguments.selfcheck:
            from demo.selfcheck import run

            return run(seed=arguments.seed, fraction=arguments.fraction)
        return demo(arguments)
    except (Busy, MissingServer) as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        return failed.returncode or 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument(
        "--speed", type=_speed, default=60.0, help="scenario seconds per real second (60)"
    )
    parser.add_argument(
        "--lan", action="store_true", help="serve the local network; show the wall's link and QR"
    )
    parser.add_argument(
        "--fraction", type=_fraction, default=1.0, help="share of the people, above 0 up to 1"
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same people and events")
    parser.add_argument("--restart", action="store_true", help="throw the data away, begin anew")
    parser.add_argument(
        "--selfcheck", action="store_true", help="play it compressed and compare every figure"
    )
    return parser


def _speed(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 600:
        raise argparse.ArgumentTypeError("between 0.1 and 600")
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not 0.005 <= value <= 1:
        raise argparse.ArgumentTypeError("between 0.005 and 1")
    return value


def demo(arguments: argparse.Namespace) -> int:
    """Start everything, say where it is, and play until Ctrl-C."""
    host = "0.0.0.0" if arguments.lan else "127.0.0.1"  # noqa: S104 - asked for by --lan
    with Stack(fresh=arguments.restart, web_host=host) as stack:
        state_file = stack.data / STATE
        if arguments.restart:
            for kept in stack.data.glob("demo*.json"):
                kept.unlink()
        address = stack.url
        if arguments.lan:
            ours = lan_address()
            address = f"http://{ours}:{stack.web_port}"
            stack.extra_env["ALLOWED_HOSTS"] = f"localhost,127.0.0.1,{ours}"
            stack.extra_env["PUBLIC_URL"] = address
        _say("Starting the servers ...")
        stack.start_servers()
        stack.migrate()
        # It takes seconds to start, which it may as well do while the district is invented.
        stack.start("web")
        state = prepare(stack, state_file, seed=arguments.seed, fraction=arguments.fraction)
        for name in ("worker", "beat"):
            stack.start(name)
        start_devices(stack, state_file, arguments.speed)
        stack.wait_http()
        _welcome(arguments, address, state, stack)
        stack.wait()
        _say("Stopping ...")
    return 0


def prepare(stack: Stack, state_file: Path, *, seed: int, fraction: float) -> dict[str, Any]:
    """Seed the database if that was not done, set the clock; the demo's state."""
    if not state_file.exists():
        _say(f"Inventing {round(204_104 * fraction):,} residents ...")
    argv = [sys.executable, "-m", "demo.seed", "--state", str(state_file)]
    argv += ["--fraction", str(fraction), "--seed", str(seed)]
    subprocess.run(argv, env=stack.env_for("owner"), check=True)
    state: dict[str, Any] = json.loads(state_file.read_text())
    if (state["seed"], state["fraction"]) != (seed, fraction):
        _say(f"Going on with seed {state['seed']}, fraction {state['fraction']} (or --restart).")
    return state


def start_devices(stack: Stack, state_file: Path, speed: float) -> None:
    """Start the simulator, unless the round is over already."""
    from demo.devices import Progress, progress_file

    if Progress(progress_file(state_file)).over:
        return
    argv = [sys.executable, "-m", "demo.devices", "--state", str(state_file)]
    argv += ["--url", stack.url, "--speed", str(speed)]
    stack.start("devices", argv, role="worker", restart="failure")


def lan_address() -> str:
    """This machine's address in the local network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _welcome(
    arguments: argparse.Namespace, address: str, state: dict[str, Any], stack: Stack
) -> None:
    print(f"\nBeibei, 4-5 November 2021, at {arguments.speed:g} times real speed:\n")
    print(f"    {address}/")
    print(f"    user      {state['username']}")
    print(f"    password  {state['password']}\n")
    if arguments.lan:
        wall = f"{address}{state['wall_path']}"
        print(f"The wall, for any screen in this network:\n\n    {wall}\n")
        segno.make(wall, error="l").terminal(compact=True)
    print("Ctrl-C stops everything. The data stays, and ./dev demo goes on from there;")
    print("--restart begins anew. Logs are in " + str(stack.logs), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
