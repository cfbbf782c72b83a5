"""The declarations in force: a changed folder is seen, and nobody waits for the one who looks."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from kangyu.gateways import content


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(content, "RECHECK_SECONDS", 0.0)
    shutil.copytree(content.CHECKOUT / "content" / "terminology", tmp_path / "content" / "terminology")
    return tmp_path / "content"


def test_content_is_loaded_once_until_a_file_changes_is_added_or_goes(root):
    first = content.current(root)
    assert content.current(root) is first
    file = next((root / "terminology").glob("visits.yaml"))
    os.utime(file, ns=(0, os.stat(file).st_mtime_ns + 10**15))
    edited = content.current(root)
    assert edited is not first
    shutil.copy(file, root / "terminology" / "again.txt")
    assert content.current(root) is edited, "only declarations count"
    before = content._stamp(root)
    file.unlink()
    assert content._stamp(root) != before


def test_whoever_asks_while_another_looks_gets_what_is_in_force_at_once(root):
    first = content.current(root)
    asked: list[object] = []
    with content._lock:
        asking = threading.Thread(target=lambda: asked.append(content.current(root)))
        asking.start()
        asking.join(5)
        assert asked == [first]
