"""The platform as a person starts it: the real `kangyu serve` process, its printed words, the processes under it, and a plain client."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from kangyu.gateways.postgres.server import free_port

RESIDENTS = 1200
"""Of the demo county that tests start."""
ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Kangyu is ready at (http://127\.0\.0\.1:(\d+))")
OURS = ("KANGYU_", "DJANGO_", "DATABASE_URL", "PYTEST_")
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "kangyu.cli", *words]


def environment() -> dict[str, str]:
    """What a shell of its own would hand over: nothing of the test run's database and settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


def run(*words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """One command that ends by itself."""
    return subprocess.run(command(*words), env=environment(), capture_output=True, text=True, timeout=timeout, check=False)


def folder() -> Path:
    """A data folder that strangers may pass through, as PostgreSQL's user must when root runs the tests."""
    made = Path(tempfile.mkdtemp(prefix="kangyu-served-"))
    made.chmod(0o755)
    return made / "data"


def copied(data: Path) -> Path:
    """The data of a county that is not running, once more, to be started without its being generated."""
    again = folder()
    subprocess.run(["cp", "-a", str(data), str(again)], check=True)
    return again


def removed(data: Path) -> None:
    """Forget a county and its folder."""
    run("forget", "--data", str(data))
    shutil.rmtree(data.parent, ignore_errors=True)


class Served:
    """One `kangyu serve` on one data folder, from its start to its end."""

    def __init__(self, data: Path, *options: str):
        self.data, self.port = data, free_port()
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._silent = False
        self.began = time.monotonic()
        self.code: int | None = None
        self.survivors: set[int] = set()
        words = command("serve", "--port", str(self.port), "--data", str(data), *options)
        self.process = subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._silent = True
            self._said.notify_all()

    def wait_for(self, words: str, seconds: float) -> float:
        """Seconds from the start until the process had printed ``words``."""
        with self._said:
            self._said.wait_for(lambda: self._silent or any(words in line for line in self.lines), seconds)
        if not any(words in line for line in self.lines):
            raise AssertionError(f"{words!r} was not printed within {seconds:.0f} s; printed so far:\n{self.output}")
        return time.monotonic() - self.began

    def ready(self, seconds: float = 240) -> float:
        """Seconds until the readiness line and what follows it were printed."""
        return self.wait_for("启动用时", seconds)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def address(self) -> str:
        found = READY.search(self.output)
        assert found, f"no readiness line in:\n{self.output}"
        return found[1]

    def accounts(self) -> dict[str, str]:
        """Account name and password of every demo account that was printed."""
        return dict(re.findall(r"：([\w-]+)（([^）]+)）", self.output))

    def end(self, stop: signal.Signals = signal.SIGTERM, seconds: float = 90) -> int:
        """Send the signal and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(stop)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def family(self) -> set[tuple[int, str]]:
        """This process and everything that descends from it now, each as (pid, moment it started)."""
        parents = {pid: stat for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if (stat := _stat(pid))}
        found, grew = {self.process.pid}, True
        while grew:
            more = {pid for pid, (parent, _) in parents.items() if parent in found} - found
            found, grew = found | more, bool(more)
        return {(pid, parents[pid][1]) for pid in found if pid in parents}

    def work(self) -> float:
        """Seconds of processor time that this process and what it started have used; a busy machine does not change them."""
        ticks = 0
        for pid, _ in self.family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> tuple[int, str] | None:
    """Parent and start time of a process that still runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), fields[19])


def names(family: set[tuple[int, str]]) -> str:
    """The command lines of a family, for looking for a certain program in it."""
    return "\n".join(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") for pid, _ in family)


def survivors(family: set[tuple[int, str]], seconds: float) -> set[int]:
    """Who of a family still runs once it is gone or the time is up."""
    until = time.monotonic() + seconds
    while True:
        left = {pid for pid, began in family if (stat := _stat(pid)) and stat[1] == began}
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.1)


class Client:
    """A browser without a screen: cookies, forms, redirects."""

    def __init__(self, address: str):
        self.address = address
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, final address and text of a page."""
        return self._read(urllib.request.Request(self.address + path))

    def post(self, path: str, token: str, **answers: str) -> tuple[int, str, str]:
        """Send a form; ``token`` is the CSRF token of the page it stood on."""
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **answers}).encode()
        return self._read(urllib.request.Request(self.address + path, body, {"Referer": self.address + path}))

    def sign_in(self, username: str, password: str) -> str:
        """The text of the account's home page."""
        _, _, page = self.get("/sign-in/")
        status, address, home = self.post("/sign-in/", token_of(page), username=username, password=password)
        assert status == 200 and "/sign-in/" not in address, f"{username} could not sign in: {status} {address}"
        return home

    def _read(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with self._open(request, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.url, refused.read().decode()


def token_of(page: str) -> str:
    """The CSRF token of a page's form."""
    found = CSRF.search(page)
    assert found, "the page has no form"
    return found[1]
