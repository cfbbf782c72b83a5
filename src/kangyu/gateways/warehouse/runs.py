"""Where runs lie on disk. A run is written under a name nobody reads, then renamed in one step; runs no longer needed are removed."""

import os
import shutil
from pathlib import Path

PARTIAL = ".partial"


def home(data: Path) -> Path:
    """The folder of all runs below a data folder."""
    return data / "warehouse"


def begin(data: Path, name: str) -> Path:
    """A path to write a run into. What an earlier, interrupted attempt left there is removed."""
    folder = home(data) / f"{name}{PARTIAL}"
    home(data).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def finish(folder: Path) -> Path:
    """Give a completely written run its name, after its files have reached the disk."""
    for file in folder.rglob("*.parquet"):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    final = folder.with_name(folder.name.removesuffix(PARTIAL))
    shutil.rmtree(final, ignore_errors=True)
    folder.rename(final)
    return final


def keep_only(data: Path, names: set[str]) -> list[str]:
    """Remove every run that is not named, half-written ones included; return what was removed."""
    removed = []
    for folder in sorted(home(data).iterdir()) if home(data).exists() else []:
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    return removed
