"""``kangyu twin``: write a synthetic county as FHIR NDJSON."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from kangyu.engines.twin import DEFAULT_AS_OF, DEFAULT_PLAN, TwinParameters, generate
from kangyu.kernel.errors import Problem, ProblemsError

_EVERY_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.description = "生成一个合成县（虚构的居民、机构与健康记录），写成 FHIR R4 NDJSON。"
    parser.add_argument("--residents", type=int, default=25_000, metavar="N", help="2020 年初的居民数（默认 25000）")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子；种子相同，结果逐字节相同（默认 1）")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="写入的文件夹")
    parser.add_argument(
        "--plan", default=DEFAULT_PLAN, metavar="KEY", help=f"以哪份规划的基线校准（content/plans/ 中的键，默认 {DEFAULT_PLAN}）"
    )
    parser.add_argument(
        "--as-of", type=date.fromisoformat, default=DEFAULT_AS_OF, metavar="DATE", help=f"记录的截止日期（默认 {DEFAULT_AS_OF}）"
    )
    parser.add_argument("--content", type=Path, default=Path("content"), metavar="DIR", help="内容文件夹（默认 content）")
    parser.add_argument("--processes", type=int, default=1, metavar="P", help="同时使用的进程数，不影响结果（默认 1）")


def run(arguments: argparse.Namespace) -> int:
    """Generate the county; progress goes to standard error, one line of totals to standard output."""
    plan_file = arguments.content / "plans" / f"{arguments.plan}.yaml"
    if not plan_file.exists() and arguments.plan != DEFAULT_PLAN:
        problem = Problem(
            str(plan_file), "plan", f"没有规划“{arguments.plan}”。", "请看 content/plans/ 里有哪些规划，或用 --content 指出内容文件夹。"
        )
        raise ProblemsError([problem])
    parameters = TwinParameters(
        residents=arguments.residents,
        seed=arguments.seed,
        as_of=arguments.as_of,
        plan=arguments.plan,
        plan_file=plan_file if plan_file.exists() else None,
    )
    started = time.monotonic()
    manifest = generate(parameters, arguments.out, progress=_progress(started), processes=arguments.processes)
    total, seconds = sum(manifest.counts.values()), time.monotonic() - started
    speed = f"{seconds:.1f} 秒（每秒 {total / seconds:,.0f} 条）"
    print(f"合成县已写入 {arguments.out}：{manifest.residents_at_as_of} 名在住居民，{total} 条资源，{speed}。")
    return 0


def _progress(started: float) -> Callable[[int, int, int], None]:
    last = started

    def report(done: int, total: int, written: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_SECONDS:
            last = now
            print(f"合成县：{done}/{total} 个村，{written} 条资源，{now - started:.0f} 秒", file=sys.stderr, flush=True)

    return report
