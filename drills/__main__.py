"""`python -m drills NAME [--quick]`: hurt one process while units send, then compare everything."""

from __future__ import annotations

import argparse
import importlib
import sys

from launch.binaries import MissingServer
from launch.stack import Busy

NAMES = ("web", "worker", "valkey", "postgres", "replay", "restore", "two-officials", "sync")


def main() -> int:
    """Run the drill; 1 when anything was lost or doubled, or the run says nothing."""
    parser = argparse.ArgumentParser(prog="./dev drill", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="at most 45 s")
    arguments = parser.parse_args()
    try:
        drill = importlib.import_module(f"drills.{arguments.name.replace('-', '_')}")
        code: int = drill.run(quick=arguments.quick)
    except (Busy, MissingServer, LookupError, TimeoutError) as problem:
        print(f"drill {arguments.name}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
