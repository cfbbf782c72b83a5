"""Generating a county, importing it, and bringing the projections up."""

import json
import shutil
import time
from pathlib import Path

from bench import machine
from kangyu.engines import twin
from kangyu.flows import demo_county


def generate(residents: int, data: Path) -> None:
    """The twin's NDJSON, in the folder that ``load`` reads."""
    folder = data / "twin"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    manifest = twin.generate(demo_county.parameters(residents), folder)
    machine.rate("twin: generate and write NDJSON", sum(manifest.counts.values()), time.monotonic() - start)


def load(data: Path) -> None:
    """The import. The generated files go afterwards: a county of a million has 19 GB of them."""
    from kangyu.apps.governance.access import SYSTEM
    from kangyu.apps.record.actions import bulk_import

    folder = data / "twin"
    as_of = json.loads((folder / "manifest.json").read_text())["as_of"]
    start = time.monotonic()
    outcome = bulk_import.run([folder], by=SYSTEM, progress=machine.phases())
    machine.rate("import: validate, link, COPY, index", outcome.stored, time.monotonic() - start)
    shutil.rmtree(folder)
    demo_county.settle(as_of)


def project(data: Path) -> None:
    """Directory, accounts, care status, plan, figures: seconds of each step."""
    for _key, title, step in demo_county.after_import(data):
        start, own = time.monotonic(), time.process_time()
        step()
        print(f"{title:<44} {time.monotonic() - start:>8.1f} s   {machine.processor(own)}   {machine.load()}", flush=True)
