"""``kangyu content check``: whether the declarations read, hold together and do what their examples say."""

import argparse
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kangyu.engines.cases.examples import ExampleRun, run_examples
from kangyu.engines.content import Content, load
from kangyu.engines.content.checker import check_content
from kangyu.kernel.errors import Problem

KIND_TITLES = (
    ("forms", "表单"),
    ("programmes", "项目"),
    ("indicators", "指标"),
    ("definitions", "定义"),
    ("code_systems", "代码系统"),
    ("value_sets", "值集"),
    ("plans", "规划"),
    ("roles", "角色"),
    ("settings", "设置"),
    ("tables", "视图"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``content check [PATH]``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
    check = actions.add_parser("check", help="检查声明文件并重跑例子")
    check.add_argument("path", nargs="?", type=Path, help="声明所在的文件夹（默认用 KANGYU_CONTENT，再默认用 content）")
    check.add_argument("--no-examples", action="store_true", help="不跑例子")


def run(arguments: argparse.Namespace) -> int:
    """0 when there is no error and every example comes out as written, else 1."""
    content = load(arguments.path or Path(os.environ.get("KANGYU_CONTENT", "content")))
    problems = check_content(content)
    errors = [problem for problem in problems if problem.severity == "error"]
    print(f"读了 {content.root}：" + "，".join(_counts(content)))
    _print_problems(problems)
    if errors:
        print(f"\n有 {len(errors)} 处要改，改好后再跑例子。")
        return 1
    if arguments.no_examples:
        print("\n没有问题。例子没有跑。")
        return 0
    examples = run_examples(content)
    _print_examples(examples)
    return 1 if examples.failed else 0


def _counts(content: Content) -> Iterable[str]:
    for name, title in KIND_TITLES:
        found = len(getattr(content, name))
        if found:
            yield f"{title} {found}"


def _print_problems(problems: list[Problem]) -> None:
    for severity, title in (("error", "要改"), ("warning", "请看")):
        chosen = [problem for problem in problems if problem.severity == severity]
        if not chosen:
            continue
        print(f"\n{title} {len(chosen)} 处：")
        for problem in chosen:
            print(f"  {problem.place}  {problem.key}")
            print(f"    {problem.message}")
            if problem.remedy:
                print(f"    {problem.remedy}")


def _print_examples(examples: ExampleRun) -> None:
    total, failed = Counter(o.programme for o in examples.outcomes), Counter(o.programme for o in examples.failed)
    print(f"\n例子 {len(examples.outcomes) - len(examples.failed)}/{len(examples.outcomes)} 通过：")
    for programme, count in total.items():
        untouched = examples.untouched.get(programme, [])
        note = f"；没有例子走到：{'、'.join(untouched)}" if untouched else "；每个分支都走到了"
        print(f"  {programme}  {count - failed[programme]}/{count}{note}")
    for outcome in examples.failed:
        print(f"\n  {outcome.place}  {outcome.title}")
        for difference in outcome.differences:
            print(f"    {difference}")
