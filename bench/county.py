"""Generating a county, importing it, and bringing the projections up."""

import shutil
import time
from pathlib import Path

from bench import machine
from kangyu.engines import twin
from kangyu.flows import demo_county


def measure(residents: int, data: Path) -> None:
    """Twin, import, directory, accounts, care status, plan; rows per second for each."""
    from kangyu.apps.governance.access import SYSTEM
    from kangyu.apps.record.actions import bulk_import

    folder = data / "twin"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    manifest = twin.generate(demo_county.parameters(residents), folder)
    machine.rate("twin: generate and write NDJSON", sum(manifest.counts.values()), time.monotonic() - start)
    start = time.monotonic()
    outcome = bulk_import.run([folder], by=SYSTEM)
    machine.rate("import: validate, link, COPY, index", outcome.stored, time.monotonic() - start)
    shutil.rmtree(folder)
    demo_county.settle(manifest.as_of)
    for _key, title, step in demo_county.after_import(data):
        start = time.monotonic()
        step()
        print(f"{title:<44} {time.monotonic() - start:>8.1f} s", flush=True)
