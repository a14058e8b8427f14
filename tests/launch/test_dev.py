"""The script itself: plain words when something is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from launch.stack import ROOT


def run(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(folder / "dev"), *args],
        cwd=folder,
        env={"PATH": os.defpath} | env,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("args", "code"), [((), 2), (("nonsense",), 2), (("help",), 0)])
def test_usage(args: tuple[str, ...], code: int) -> None:
    done = run(ROOT, *args)
    assert done.returncode == code
    assert "./dev test" in done.stdout + done.stderr


def test_an_old_python_is_named(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    done = run(tmp_path, "check", PYTHON="false")
    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr


def test_a_python_without_venv_is_named(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    stand_in = tmp_path / "python-without-venv"
    stand_in.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexit 0\n')
    stand_in.chmod(0o755)
    done = run(tmp_path, "check", PYTHON=str(stand_in))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
