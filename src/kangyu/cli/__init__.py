"""The `kangyu` command: arguments only; the work is elsewhere."""

import argparse
import importlib
import sys

from kangyu.kernel.errors import KangyuError

COMMANDS = {
    "serve": ("kangyu.cli.serve", "启动康域：数据库、网页和后台任务"),
    "forget": ("kangyu.cli.forget", "删除数据文件夹里的数据库和文件"),
    "twin": ("kangyu.cli.twin", "生成一个合成县"),
    "import": ("kangyu.cli.import_records", "批量导入 FHIR NDJSON"),
    "plan": ("kangyu.cli.plan", "读取规划文件"),
    "content": ("kangyu.cli.content", "检查声明文件"),
    "measure": ("kangyu.cli.measure", "全量重算指标"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; a mistake of the user's ends with a sentence and exit code 1, never with a traceback."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="kangyu", description="康域：区域全民健康信息平台")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    chosen = next((word for word in words if word in COMMANDS), None)
    for name, (module, title) in COMMANDS.items():
        sub = commands.add_parser(name, help=title, description=title)
        if name == chosen:
            importlib.import_module(module).add_arguments(sub)
    parsed = parser.parse_args(words)
    try:
        return importlib.import_module(COMMANDS[parsed.command][0]).run(parsed)
    except KangyuError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
