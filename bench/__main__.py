"""`python -m bench NAME [--quick]`: run one bench and print its figures on one line."""

from __future__ import annotations

import argparse
import importlib
import sys

from launch.binaries import MissingServer
from launch.stack import Busy

NAMES = (
    "capture",
    "fresh",
    "history",
    "board",
    "register",
    "setup",
    "pages",
    "wall",
    "deadline",
    "dispatch",
    "pull",
    "export",
    "numbers",
)


def main() -> int:
    """Run the bench; 1 when data were lost or doubled, or the run says nothing."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="at most 45 s, smaller data")
    arguments = parser.parse_args()
    try:
        bench = importlib.import_module(f"bench.{arguments.name}")
        code: int = bench.run(quick=arguments.quick)
    except (Busy, MissingServer, LookupError, TimeoutError) as problem:
        print(f"bench {arguments.name}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
