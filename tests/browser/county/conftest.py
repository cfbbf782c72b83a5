"""The demo county behind the real command; a console error or a breach of the page's policy fails the journey."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from browser.conftest import PATIENCE
from browser.looking import DESK, Faults, sign_in
from world.served import RESIDENTS, Served, copied, removed


class County:
    """The served demo county: its address and its accounts."""

    def __init__(self, served: Served, data: Path):
        self.address, self.data = served.address, data
        self.passwords = {name: word for _, name, word in json.loads((data / "demo-accounts.json").read_text())}


@pytest.fixture(scope="session")
def county(request) -> Iterator[County]:
    """The county of ``first_start``, or the one in ``KANGYU_BROWSER_DATA`` for quick iterations."""
    kept = os.environ.get("KANGYU_BROWSER_DATA")
    data = Path(kept) if kept else copied(request.getfixturevalue("first_start").data)
    served = Served(data, "--residents", str(RESIDENTS))
    try:
        print(f"\nthe county is ready after {served.ready(290):.0f} s")
        yield County(served, data)
    finally:
        code = served.end(signal.SIGTERM)
        if not kept:
            removed(data)
    assert code == 0, served.output


@pytest.fixture
def opened(county, chromium) -> Iterator[Callable]:
    """Opens a page of a browser that nobody has used yet; at the end none may have complained."""
    contexts, heard = [], []

    def open_page(state=None, expects: tuple[int, ...] = ()):
        context = chromium.new_context(
            base_url=county.address, viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=state
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        heard.append(Faults(page, expects))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for one in heard for fault in one.found] == [], "the browser has nothing to complain of"


_states: dict[str, dict] = {}


@pytest.fixture
def signed_in(county, opened) -> Callable:
    """Opens the home page of a demo account; signs in by the form once a session and keeps its cookie.

    ``expects`` names the refusals (HTTP statuses) that the journey provokes.
    """

    def home(username: str, expects: tuple[int, ...] = ()):
        page = opened(_states.get(username), expects)
        if username in _states:
            page.goto("/")
        else:
            sign_in(page, username, county.passwords[username])
            _states[username] = page.context.storage_state()
        return page

    return home
