"""Pages in headless Chromium. Here they are served on Qinghe by the test process itself; ``county/`` opens the whole platform."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from browser.looking import DESK, PHONE, Faults, fits, has_no_serious_fault, sign_in

HERE = Path(__file__).parent
TELEPHONE = PHONE
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
    reasons: dict[str, list[str]] = {}
    for one in terminalreporter.stats.get("skipped", []):
        if "tests/browser/" in one.nodeid:
            reasons.setdefault(one.longrepr[2].removeprefix("Skipped: "), []).append(one.nodeid.partition("tests/browser/")[2])
    if reasons:
        terminalreporter.section("browser journeys skipped")
    for reason, journeys in reasons.items():
        terminalreporter.line(reason)
        for name in journeys:
            terminalreporter.line(f"  {name}")


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, context):
        self.context = context
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.faults = Faults(self.page)

    @property
    def errors(self) -> list[str]:
        """What the browser complained of so far."""
        return self.faults.found

    def go(self, path: str):
        self.page.goto(path)
        return self.page

    def sign_in(self, username: str, password: str) -> None:
        sign_in(self.page, username, password)

    def fits(self) -> None:
        fits(self.page)

    def has_no_barriers(self) -> None:
        has_no_serious_fault(self.page)


@pytest.fixture
def visitor(chromium, live_server, empty_record, settings) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers on the pages of the test process, whose database starts empty."""
    from django.core.cache import cache

    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    contexts = []

    def visit(size: dict = DESK) -> Visitor:
        context = chromium.new_context(base_url=live_server.url, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        contexts.append(context)
        return Visitor(context)

    yield visit
    for context in contexts:
        context.close()
