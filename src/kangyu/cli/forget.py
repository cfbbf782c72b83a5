"""`kangyu forget`: removes a data folder and its database for good."""

import argparse
import shutil
from pathlib import Path

from kangyu.cli.environment import locked
from kangyu.gateways.postgres.server import PrivateServer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=Path(".data"), help="数据文件夹")


def run(arguments: argparse.Namespace) -> int:
    if arguments.data.exists():
        with locked(arguments.data):
            PrivateServer(arguments.data).forget()
        shutil.rmtree(arguments.data)
    print(f"{arguments.data} 已清空。")
    return 0
