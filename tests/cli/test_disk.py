"""What the operating system refuses ends with one line and code 2, never with a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is then an error, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from twobranch.cli.main import main
from twobranch.corpus import doctor
doctor.foreign_findings = lambda corpus: ()  # it unpacks its model into the temporary folder
sys.argv = ["twobranch", "check", sys.argv[1], "--report", sys.argv[2]]
main()
"""


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (90, 60), (40 * number, 0, 0)).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text("a dark red picture\n")
    return folder


def check(pictures, report, *code):
    command = [sys.executable, *code, str(pictures), str(report)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_disk_without_space(pictures, tmp_path):
    report = tmp_path / "out" / "report.html"
    done = check(pictures, report, "-c", LIMITED)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "must be writable, on a disk with room, but found File too large. Free space" in done.stderr
    assert [path.name for path in Path(tmp_path / "out").iterdir()] == []  # no half of a report stays


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").is_dir(), reason="root may write anywhere but in /proc")
def test_a_place_that_cannot_be_written(pictures):
    code = LIMITED.replace("(2000, 2000)", "(-1, -1)")
    done = check(pictures, "/proc/none/report.html", "-c", code)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "/proc/none/report.html: must be writable" in done.stderr
