"""`kangyu measure`: recompute every figure now."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=Path(".data"), help="数据文件夹")


def run(arguments: argparse.Namespace) -> int:
    from kangyu.cli.environment import django_on

    with django_on(arguments.data):
        from kangyu.flows import measure

        done = measure.recompute_before_all_else(lambda what, number: print(f"  {what} {number:,}", flush=True))
        times = "，".join(f"{step} {seconds:g} 秒" for step, seconds in done.seconds.items())
        print(f"{done.as_of}：{done.people:,} 人，{done.facts:,} 行（{times}）")
    return 0
