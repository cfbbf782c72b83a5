"""``kangyu plan import PATH… [--json] [--store]``: read plans and show what was found in them; keep them for review when asked."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from kangyu.engines.plandoc import PlanDocument, read, to_json
from kangyu.kernel.errors import UserError

SHOWN_HEADINGS = 12
COMPARATORS = {
    "eq": "", "ge": "≥", "gt": ">", "le": "≤", "lt": "<", "approx": "约", "increase_by": "提高", "decrease_by": "降低",
    "increase_by_per_year": "每年提高", "decrease_by_per_year": "每年降低", "proportional": "同比例提高", "improve": "持续改善",
    "keep": "保持", "all": "全部", "none": "节点", "range": "区间",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``import`` with its paths under the ``plan`` command."""
    actions = parser.add_subparsers(dest="action", required=True)
    reading = actions.add_parser("import", help="读取规划文本（txt、docx、html、带文字的 PDF）")
    reading.add_argument("paths", nargs="+", metavar="PATH", help="规划文件")
    reading.add_argument("--json", action="store_true", help="每份文件输出一行 JSON")
    reading.add_argument("--store", action="store_true", help="存入系统，等待审阅")
    reading.add_argument("--data", type=Path, default=Path(".data"), help="数据文件夹（与 --store 同用）")
    reading.add_argument("--area", default="", help="区划代码（与 --store 同用），不写则为本系统服务的县区")


def run(arguments: argparse.Namespace) -> int:
    """Read every path; a file that cannot be read is named on stderr and makes the exit code 1, the others are still read."""
    failed, readable = False, []
    for path in arguments.paths:
        try:
            document = read_path(Path(path))
        except UserError as error:
            print(f"{path}：{error}", file=sys.stderr)
            failed = True
            continue
        readable.append(Path(path))
        print(json.dumps(to_json(document), ensure_ascii=False) if arguments.json else summary(document), flush=True)
    if arguments.store and readable:
        _store(readable, arguments)
    return 1 if failed else 0


def _store(paths: list[Path], arguments: argparse.Namespace) -> None:
    from kangyu.cli.environment import django_on

    with django_on(arguments.data):
        from kangyu.flows import plan_import

        for kept in plan_import.store(paths, area=arguments.area):
            words = "已存入，待审阅" if kept.new else "这份文件以前存过，没有重复存入"
            print(f"{kept.document.filename}：{words}（编号 {kept.document.pk}）。", file=sys.stderr)


def read_path(path: Path) -> PlanDocument:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError("找不到这个文件。请检查路径。") from error
    except IsADirectoryError as error:
        raise UserError("这是一个文件夹。请给出其中的规划文件。") from error
    except OSError as error:
        raise UserError("文件打不开（没有读取权限或磁盘出错）。请检查后重试。") from error
    return read(data, path.name)


def summary(document: PlanDocument) -> str:
    """What was found, for a person at the terminal: counts, the indicator table, the warnings."""
    lines = [
        f"《{document.title}》（{document.filename}）",
        f"  标题 {count_headings(document)} 个，指标 {len(document.indicators)} 项，承诺 {len(document.commitments)} 项，"
        f"任务 {len(document.tasks)} 项，项目 {len(document.projects)} 个，现状数据 {len(document.facts)} 条",
    ]
    lines.extend(f"  · {heading.text}" for heading in document.outline[:SHOWN_HEADINGS])
    if document.indicators:
        lines.append("  指标：")
    for item in document.indicators:
        nature = {"binding": "约束性", "expected": "预期性"}.get(item.nature, "")
        baseline = item.baseline_raw or "—"
        lines.append(f"    {item.seq:>3}  {item.name}（{item.unit or '—'}）  {baseline} → {item.target_raw or '—'}  {nature}")
    kinds = Counter(COMPARATORS.get(item.comparator, item.comparator) or "等于" for item in document.commitments)
    if kinds:
        lines.append("  承诺：" + "，".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    lines.append(f"  提醒 {len(document.warnings)} 条" + ("：" if document.warnings else "。"))
    lines.extend(f"    ! {warning.message}" for warning in document.warnings)
    return "\n".join(lines)


def count_headings(document: PlanDocument) -> int:
    pending, total = list(document.outline), 0
    while pending:
        heading = pending.pop()
        total += 1
        pending.extend(heading.children)
    return total
