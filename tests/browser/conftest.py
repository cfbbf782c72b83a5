"""The demo county behind the real command, opened in headless Chromium; a console error or a broken policy fails the journey."""

import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from browser.looking import DESK, fits_a_phone, has_no_serious_fault
from world.served import Served

HERE = Path(__file__).parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
MISSING = "没有浏览器：请安装 Debian 的 chromium 和 fonts-noto-cjk（sudo apt-get install chromium fonts-noto-cjk），再运行 make test"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=zh-CN"]
PATIENCE = 30_000
"""Milliseconds that a page may take before a journey gives up; far more than it should, for machines that do other work."""


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter):
    """`make test` names the journeys that were not walked, and why."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if "tests/browser/" in one.nodeid]
    if skipped:
        terminalreporter.section("browser journeys skipped")
        for one in skipped:
            terminalreporter.line(f"{one.nodeid}: {one.longrepr[2].removeprefix('Skipped: ')}")


class County:
    """The served demo county: its address and its accounts."""

    def __init__(self, served: Served, data: Path):
        self.served, self.address = served, served.address
        self.passwords = {name: word for _, name, word in json.loads((data / "demo-accounts.json").read_text())}


@pytest.fixture(scope="session")
def county() -> Iterator[County]:
    """A fresh county, or the one in ``KANGYU_BROWSER_DATA`` for quick iterations."""
    kept = os.environ.get("KANGYU_BROWSER_DATA")
    home = Path(tempfile.mkdtemp(prefix="kangyu-browser-"))
    home.chmod(0o755)
    data = Path(kept) if kept else home / "data"
    served = Served(data, "--residents", "1200")
    try:
        served.ready(290)
        yield County(served, data)
    finally:
        code = served.end(signal.SIGTERM)
        if not kept:
            from kangyu.gateways.postgres.server import PrivateServer

            PrivateServer(data).forget()
        shutil.rmtree(home, ignore_errors=True)
    assert code == 0, served.output


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Faults:
    """What the browser complained of. A refusal that a journey provokes is announced with ``expects``."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: set[int] = set()

    def expects(self, *statuses: int) -> None:
        self.expected |= set(statuses)

    def listen(self, page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))

    def _hear(self, kind: str, text: str) -> None:
        refused = re.search(r"responded with a status of (\d+)", text)
        if kind == "error" and not (refused and int(refused[1]) in self.expected):
            self.found.append(text)


@pytest.fixture
def faults() -> Iterator[Faults]:
    heard = Faults()
    yield heard
    assert heard.found == [], "the browser's console is silent"


@pytest.fixture
def opened(county, chromium, faults) -> Iterator[Callable]:
    """Opens a page of one's own, as a browser that nobody has used yet."""
    contexts = []

    def open_page(state=None):
        context = chromium.new_context(
            base_url=county.address, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=state
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        faults.listen(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page, username: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto("/sign-in/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)


_states: dict[str, dict] = {}


@pytest.fixture
def signed_in(county, opened) -> Callable:
    """Opens the home page of a demo account; signs in by the form once a session and keeps its cookie."""

    def home(username: str):
        page = opened(_states.get(username))
        if username in _states:
            page.goto("/")
        else:
            sign_in(page, username, county.passwords[username])
            _states[username] = page.context.storage_state()
        return page

    return home


@pytest.fixture
def looks_right() -> Callable:
    """Looks at the page that is open: no overflow on a phone; with ``access``, nothing serious for axe."""

    def look(page, access: bool = False) -> None:
        fits_a_phone(page)
        if access:
            has_no_serious_fault(page)

    return look
