"""Builds a county of the asked size in a folder of its own, measuring each step, then serves it and measures the pages."""

import argparse
import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from bench import machine

PARTS = ("county", "figures", "pages", "ledger", "signals", "cases")
COUNTY = ("twin", "import", "project")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"which: {', '.join(PARTS)}; county is {' '.join(COUNTY)}")
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="keep the county here and use it again; else a temporary folder")
    arguments = parser.parse_args()
    print(machine.describe())
    print(f"{arguments.residents:,} residents\n")
    with contextlib.ExitStack() as stack:
        data = arguments.data
        if data is None:
            data = Path(tempfile.mkdtemp(prefix="kangyu-bench-"))
            data.chmod(0o755)
            stack.callback(shutil.rmtree, data, ignore_errors=True)
        run(arguments.parts, arguments.residents, data)


def run(parts: list[str], residents: int, data: Path) -> None:
    from kangyu.cli.environment import django_on

    with django_on(data):
        from bench import cases, county, figures, ledger, pages, signals

        started = time.monotonic()
        if {"county", "twin"} & set(parts):
            county.generate(residents, data)
        if {"county", "import"} & set(parts):
            county.load(data)
        if {"county", "project"} & set(parts):
            county.project(data)
        if "figures" in parts:
            figures.measure()
        if "pages" in parts:
            pages.measure(data)
        if "ledger" in parts:
            ledger.measure()
        if "signals" in parts:
            signals.measure()
        if "cases" in parts:
            cases.measure()
        print(f"\nall in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
