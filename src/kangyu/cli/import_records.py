"""`kangyu import`: bulk import of FHIR NDJSON, all or nothing."""

import argparse
import sys
import time
from pathlib import Path

from kangyu.cli.environment import django_on
from kangyu.kernel.errors import ProblemsError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, help="NDJSON 文件，或含有它们的文件夹")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="数据文件夹")


def run(arguments: argparse.Namespace) -> int:
    with django_on(arguments.data):
        from kangyu.apps.governance.access import SYSTEM
        from kangyu.apps.record.actions import bulk_import

        start, shown = time.monotonic(), 0.0

        def progress(what: str, done: int) -> None:
            nonlocal shown
            if time.monotonic() - shown > 2:
                shown = time.monotonic()
                print(f"{what} {done:,}", file=sys.stderr)

        try:
            outcome = bulk_import.run(arguments.paths, by=SYSTEM, progress=progress)
        except ProblemsError as error:
            print("导入已拒绝，没有写入任何记录：", file=sys.stderr)
            for problem in error.problems:
                print(f"  {problem}", file=sys.stderr)
            return 1
        seconds = time.monotonic() - start
        print(f"已导入 {outcome.stored:,} 条资源，用时 {seconds:.1f} 秒（每秒 {outcome.stored / seconds:,.0f} 条）。")
        for rtype, number in sorted(outcome.by_type.items()):
            print(f"  {rtype}: {number:,}")
    return 0
