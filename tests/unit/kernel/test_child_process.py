"""Processes that end with whoever started them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
TWIN = """
import sys
from pathlib import Path
from kangyu.engines.twin import TwinParameters, generate
generate(TwinParameters(residents=60_000, seed=3), Path(sys.argv[1]), processes=2)
"""


def children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(true, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.02)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_processes_of_the_twin_end_with_the_one_that_started_them(tmp_path, stop):
    source = str(Path(__file__).resolve().parents[3] / "src")
    twin = subprocess.Popen([sys.executable, "-c", TWIN, str(tmp_path)], env={"PYTHONPATH": source}, stderr=subprocess.DEVNULL)
    try:
        until(lambda: len(children(twin.pid)) == 2, 30)
        helping = children(twin.pid)
        time.sleep(0.3)
        assert all(map(alive, helping)), "they work"
    finally:
        twin.send_signal(stop)
        twin.wait(10)
    until(lambda: not any(map(alive, helping)), 5)
