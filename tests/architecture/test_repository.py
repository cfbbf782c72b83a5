"""The repository itself: nothing of a machine in it, locks without addresses, functions and modules of a readable size."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


@pytest.mark.parametrize("lock", [*sorted(ROOT.glob("requirements*.lock")), ROOT / "package-lock.json"], ids=lambda path: path.name)
def test_lock_file_holds_hashes_and_no_addresses(lock):
    text = lock.read_text()
    assert "sha256:" in text or "sha512-" in text
    assert not re.search(r"https?://(?!github\.com|opencollective|tidelift|www\.patreon|feross)", text), (
        "an address stands in the lock file"
    )
    assert "--index-url" not in text and "--find-links" not in text and '"resolved"' not in text


def test_tracked_files_name_no_machine_path():
    pattern = re.compile(r"(?<![\w.])/(work|root|home)/[\w.-]+/")
    guilty = []
    for path in tracked():
        if path.suffix in {".png", ".lock"} or not path.is_file():
            continue
        if pattern.search(path.read_text(errors="ignore")):
            guilty.append(path.relative_to(ROOT).as_posix())
    assert guilty == []


def functions_longer_than(lines: int) -> list[str]:
    found = []
    for path in SOURCES:
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno + 1 > lines:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    return found


def test_no_function_is_longer_than_sixty_lines():
    assert functions_longer_than(60) == []


def test_modules_stay_under_four_hundred_lines():
    assert {path.relative_to(ROOT).as_posix() for path in SOURCES if len(path.read_text().splitlines()) > 400} == set()


def test_no_name_says_nothing():
    empty = {"utils", "helpers", "common", "manager", "misc", "service", "services"}
    assert [str(path.relative_to(ROOT)) for path in SOURCES if path.stem in empty or path.parent.name in empty] == []
