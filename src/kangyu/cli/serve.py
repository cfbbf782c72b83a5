"""`kangyu serve`: one command that brings everything up and, when told to stop, takes everything down again."""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kangyu.cli.environment import database, locked, point_at
from kangyu.engines.twin import TwinParameters
from kangyu.kernel.child_process import die_with_parent
from kangyu.kernel.errors import GatewayError, UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="网页端口（只在本机 127.0.0.1 上）")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="数据文件夹")
    parser.add_argument("--residents", type=int, default=20_000, help="演示县的居民数（第一次启动时生成）")
    parser.add_argument("--empty", action="store_true", help="不生成演示县")


def _stop(signum, frame) -> None:
    """The first signal begins the shutdown; further ones must not cut it short."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(arguments: argparse.Namespace) -> int:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    started = time.monotonic()
    try:
        TwinParameters(residents=arguments.residents)  # refuses an impossible size before anything is made
        _refuse_taken_port(arguments.port)
        with locked(arguments.data), database(arguments.data) as address:
            point_at(arguments.data, address)
            accounts = _prepare(arguments)
            with processes(arguments.port) as children:
                print(f"Kangyu is ready at http://127.0.0.1:{arguments.port}", flush=True)
                _greet(accounts, time.monotonic() - started)
                _watch(children)
                return 1
    except KeyboardInterrupt:
        print("已停止。", flush=True)
        return 0


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UserError(f"端口 {port} 已被别的程序占用，请用 PORT= 换一个端口，或先停掉那个程序。") from error


def _prepare(arguments: argparse.Namespace) -> list[tuple[str, str, str]]:
    import django
    from django.core.management import call_command

    django.setup()
    _say("准备数据库")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    from kangyu.flows import demo_county

    accounts = [] if arguments.empty else demo_county.ensure(residents=arguments.residents, data=arguments.data, say=_say)
    from django.db import connections

    connections.close_all()
    return accounts


def _say(words: str) -> None:
    print(f"  {words}", flush=True)


def _child(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", *command], env=os.environ, start_new_session=True, preexec_fn=partial(die_with_parent, signal.SIGTERM)
    )


@contextlib.contextmanager
def processes(port: int) -> Iterator[list[subprocess.Popen]]:
    """The web server, once its pages answer, and the background process; ended in good order whatever happens.

    One after the other: on few cores the pages would wait for the background process to load what they load as well.
    """
    workers = str(min(4, os.cpu_count() or 1))
    serve = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", workers, "--blocking-threads", "4"]
    serve += ["--log-level", "error", "--no-ws", "kangyu.project.wsgi:application"]
    children = [_child(serve)]
    try:
        _wait_for_pages(port, children[0])
        children.append(_child(["kangyu.jobs"]))
        yield children
    finally:
        _end(children)


def _wait_for_pages(port: int, server: subprocess.Popen, patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if server.poll() is not None:
            raise GatewayError(f"网页服务没有启动起来（端口 {port}），原因见上面的输出。")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
                if answer.status == 200 and answer.read() == b"kangyu":
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    raise GatewayError(f"网页服务 {patience:.0f} 秒内没有应答。")


def _greet(accounts: list[tuple[str, str, str]], seconds: float) -> None:
    if accounts:
        print("演示账号（合成数据，口令在括号里）：")
        for title, username, password in accounts:
            print(f"  {title}：{username}（{password}）")
    print(f"启动用时 {seconds:.0f} 秒。按 Ctrl-C 停止。", flush=True)


def _watch(children: list[subprocess.Popen]) -> None:
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    print("一个子进程意外结束，康域停止。", file=sys.stderr)


def _end(children: list[subprocess.Popen]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
