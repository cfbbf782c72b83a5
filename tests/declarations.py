"""The shipped declarations, loaded once for all tests, and small folders of declarations for tests that break them."""

from functools import lru_cache
from pathlib import Path

from kangyu.engines.content import Content, load

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "content"
GOLDEN = ROOT.parent / "shared" / "golden"


@lru_cache(maxsize=1)
def shipped() -> Content:
    """``content/`` as it ships."""
    return load(FOLDER)


def folder(root: Path, **files: str) -> Path:
    """A folder with the given files; ``programmes__p__follow_up`` is ``programmes/p/follow_up.yaml``."""
    for name, text in files.items():
        path = root.joinpath(*name.split("__")).with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
