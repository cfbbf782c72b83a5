"""``kangyu content``: check the declarations, write their handbook, sign a region's overlay and show what it changes."""

import argparse
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kangyu.engines.cases.examples import ExampleRun, run_examples
from kangyu.engines.content import Content, load, signing
from kangyu.engines.content.check_reach import unused
from kangyu.engines.content.checker import check_content
from kangyu.engines.content.overlay import Difference
from kangyu.engines.handbook import KIND_TITLES as KINDS
from kangyu.engines.handbook import Handbook, html
from kangyu.engines.handbook.page import Ref
from kangyu.gateways import content as gateway
from kangyu.kernel.errors import Problem, ProblemsError, UserError

KIND_TITLES = (
    ("forms", "表单"),
    ("programmes", "项目"),
    ("procedures", "流程"),
    ("registers", "登记簿"),
    ("ledgers", "台账"),
    ("statements", "结算表"),
    ("signals", "预警信号"),
    ("standards", "标准"),
    ("indicators", "指标"),
    ("definitions", "定义"),
    ("code_systems", "代码系统"),
    ("value_sets", "值集"),
    ("plans", "规划"),
    ("roles", "角色"),
    ("settings", "设置"),
    ("tables", "视图"),
)
WHAT = {"setting": "改参数", "added": "新增", "replaced": "替换"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``content check|docs|diff|sign|key``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
    where = "声明所在的文件夹（默认用 KANGYU_CONTENT，再默认用 content）"
    check = actions.add_parser("check", help="检查声明文件并重跑例子")
    check.add_argument("path", nargs="?", type=Path, help=where)
    check.add_argument("--no-examples", action="store_true", help="不跑例子")
    check.add_argument("--overlay", type=Path, help="连同这个地区覆盖一起检查")
    docs = actions.add_parser("docs", help="把每份声明写成一页可读的手册")
    docs.add_argument("path", nargs="?", type=Path, help=where)
    docs.add_argument("--out", type=Path, required=True, help="写到哪个文件夹")
    diff = actions.add_parser("diff", help="地区覆盖改了标准的什么")
    diff.add_argument("overlay", type=Path, help="地区覆盖的文件夹")
    diff.add_argument("path", nargs="?", type=Path, help=where)
    sign = actions.add_parser("sign", help="给地区覆盖签名")
    sign.add_argument("overlay", type=Path, help="地区覆盖的文件夹")
    sign.add_argument("--key", type=Path, required=True, help="签名人的私钥（PEM）")
    sign.add_argument("--by", required=True, help="谁签的，如“汶上县卫生健康局 张某”")
    sign.add_argument("path", nargs="?", type=Path, help=where)
    key = actions.add_parser("key", help="生成一对签名用的钥匙")
    key.add_argument("name", type=Path, help="写成 NAME.key（私钥）和 NAME.pem（公钥）")


def run(arguments: argparse.Namespace) -> int:
    """The exit code: 0 when all is well."""
    actions = {"check": check, "docs": docs, "diff": diff, "sign": sign, "key": key}
    return actions[arguments.action](arguments)


def _root(arguments: argparse.Namespace) -> Path:
    return arguments.path or Path(os.environ.get("KANGYU_CONTENT", "content"))


def check(arguments: argparse.Namespace) -> int:
    """0 when there is no error and every example comes out as written, else 1."""
    content = load(_root(arguments), overlay=arguments.overlay)
    problems = [*check_content(content), *unused(content)]
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


def docs(arguments: argparse.Namespace) -> int:
    """One HTML file for each declaration and a list of them all; they need nothing else, also in print."""
    content = load(_root(arguments)).require_sound()
    book, out = Handbook(content), arguments.out
    out.mkdir(parents=True, exist_ok=True)
    run_of_all, count = run_examples(content), 0
    for item in book.every():
        page = book.page(item, run_of_all)
        (out / _file(item.kind, item.name)).write_text(html.document(page, _file, "index.html"), encoding="utf-8")
        count += 1
    groups = [
        (title, [(Ref(item.kind, item.name, item.title), item.source) for item in book.listed(kind)])
        for kind, title in KINDS.items()
        if book.listed(kind)
    ]
    (out / "index.html").write_text(html.listing("规则手册", groups, _file), encoding="utf-8")
    print(f"写了 {count} 页到 {out}，从 {out / 'index.html'} 看起。")
    return 0


def _file(kind: str, name: str) -> str:
    return f"{kind}-{name}.html"


def diff(arguments: argparse.Namespace) -> int:
    """What an overlay changes, and whether it is signed; 1 when it would be refused."""
    content = load(_root(arguments), overlay=arguments.overlay)
    problems = [problem for problem in check_content(content) if problem.severity == "error"]
    try:
        signature = signing.verify(arguments.overlay, gateway.trusted_keys())
        print(f"签名有效：{signature.by}，{signature.at}，钥匙 {signature.key}")
    except ProblemsError as error:
        problems += error.problems
    if content.overlay:
        head = content.overlay
        print(f"{head.title}（{head.region}），自 {head.valid.from_} 起，改了 {len(content.differences)} 处：")
    for one in content.differences:
        print(f"  {WHAT[one.what]}  {one.title}（{one.name}）{_change(one)}  {one.place}")
    _print_problems(problems)
    return 1 if problems else 0


def _change(one: Difference) -> str:
    if one.what == "setting":
        return f"：{one.before} → {one.after}"
    return f"：{one.after}" if one.after else ""


def sign(arguments: argparse.Namespace) -> int:
    """Signs an overlay that holds together; one that does not is not worth a signature."""
    content = load(_root(arguments), overlay=arguments.overlay)
    errors = [problem for problem in check_content(content) if problem.severity == "error"]
    if errors:
        _print_problems(errors)
        print("\n没有签：请先改好。")
        return 1
    if not arguments.key.is_file():
        raise UserError(f"没有私钥 {arguments.key}。可用 kangyu content key 生成一对。")
    at = datetime.now(ZoneInfo("Asia/Shanghai"))
    signature = signing.sign(arguments.overlay, arguments.key.read_bytes(), by=arguments.by, at=at)
    (arguments.overlay / signing.SIGNATURE).write_text(signature.written(), encoding="utf-8")
    print(f"已签：{signature.by}，{signature.at}，{len(signing.files_of(arguments.overlay))} 个文件，钥匙 {signature.key}")
    return 0


def key(arguments: argparse.Namespace) -> int:
    """A new pair of keys; an existing one is never overwritten, and the private one is the owner's alone."""
    private, public = arguments.name.with_suffix(".key"), arguments.name.with_suffix(".pem")
    for path in (private, public):
        if path.exists():
            raise UserError(f"{path} 已经有了，不覆盖。请换一个名字。")
    secret, shown = signing.new_key()
    descriptor = os.open(private, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secret)
    public.write_bytes(shown)
    print(f"私钥 {private}（自己收好，不要放进规则文件夹），公钥 {public}（放进 KANGYU_OVERLAY_KEYS 指的文件夹）。")
    return 0


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
