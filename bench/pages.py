"""The pages over HTTP, through the real server with a signed-in session: idle, and while every indicator is recomputed."""

import http.client
import json
import random
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from bench import machine
from kangyu.gateways.postgres.server import free_port

ROUNDS, SAVES = 40, 100
VIEWERS = ("planner", "doctor", "desk", "epi")
VISIT = {
    "visit_kind": "clinic", "systolic": "128", "diastolic": "78", "symptoms": "", "medication_adherence": "regular",
    "adverse_reaction": "no", "new_complication": "no", "salt": "light",
}  # fmt: skip


class Browser:
    """As much of a browser as measuring needs: one kept connection, cookies, forms with their CSRF token."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, body and Location of one call."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._answer(method, path, body, headers)
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, answer.headers.get("Location", "")

    def _answer(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        """The answer of the server; a page is asked for again where the kept connection was closed while nobody used it."""
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except ConnectionError:
            self.connection.close()
            if method != "GET":
                raise
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()

    def submit(self, path: str, fields: dict[str, str], page: str | None = None) -> tuple[int, str, str]:
        """Post a form, with the token of its page."""
        page = page if page is not None else self.call("GET", path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        return self.call("POST", path, {**fields, "csrfmiddlewaretoken": token.group(1) if token else ""})

    def sign_in(self, username: str, password: str) -> "Browser":
        status, _text, _to = self.submit("/sign-in/", {"username": username, "password": password})
        assert status == 302, f"signing in as {username} answered {status}"
        return self


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Seconds of each of several calls, after one that warms up."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def opening(browser: Browser, path: str | Callable[[], str]) -> Callable[[], None]:
    """A call that opens a page and insists on 200."""

    def work() -> None:
        address = path() if callable(path) else path
        status, _text, _to = browser.call("GET", address)
        assert status == 200, f"{address} answered {status}"

    return work


def people_of(account: str) -> list[int]:
    """People in the hypertension programme whom a doctor's team looks after."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.pid FROM care_status c JOIN account a ON a.org = c.org WHERE a.username = %s AND c.programme = 'hypertension' "
            "AND c.ended_on IS NULL ORDER BY c.pid",
            [account],
        )
        return [row[0] for row in cursor.fetchall()]


def cases_of(account: str) -> list[str]:
    """Referrals in which a desk's institution takes part."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.case_id FROM case_party p JOIN account a ON a.org = p.org "
            "WHERE a.username = %s AND p.procedure = 'referral' ORDER BY 1",
            [account],
        )
        return [row[0] for row in cursor.fetchall()]


def saving(doctor: Browser, people: list[int]) -> list[float]:
    """Seconds of saving a follow-up, one person after another; only the POST is timed.

    Whose last reading was far from the one entered here is asked for a reason: nothing is saved, and nothing counted.
    """
    seconds: list[float] = []
    for pid in people:
        if len(seconds) == SAVES:
            break
        path = f"/visit/{pid}/hypertension/"
        _status, page, _to = doctor.call("GET", path)
        start = time.perf_counter()
        status, text, _to = doctor.submit(path, {**VISIT, "key": str(uuid.uuid4())}, page)
        if status == 302:
            seconds.append(time.perf_counter() - start)
        else:
            assert "要选原因" in text, f"saving answered {status}: {re.sub('<[^>]+>', ' ', text)[-400:]}"
    return seconds


def measure(data: Path) -> None:
    """Serve the county in ``data`` and time each page and the saving of a follow-up."""
    from django.core.management import call_command

    from kangyu.cli.serve import processes

    call_command("collectstatic", verbosity=0, interactive=False)
    accounts = {username: password for _role, username, password in json.loads((data / "demo-accounts.json").read_text())}
    people, cases = people_of("doctor"), cases_of("desk")
    port = free_port()
    with processes(port):
        browsers = {username: Browser(port).sign_in(username, accounts[username]) for username in VIEWERS}
        print("\npages, idle")
        rounds(browsers, people, cases)
        print("\npages, while all indicators are recomputed")
        with recomputing():
            rounds(browsers, people, cases)


def rounds(browsers: dict[str, Browser], people: list[int], cases: list[str]) -> None:
    """Open each page again and again, and save follow-ups; one line printed for each."""
    chosen = random.Random(1)
    pages: list[tuple[str, str, str | Callable[[], str]]] = [
        ("plan at a glance", "planner", "/plan/"),
        ("one indicator", "planner", "/indicators/hypertension_diabetes_management/"),
        ("a team's list of today", "doctor", "/today/"),
        ("residents", "doctor", "/people/"),
        ("one resident", "doctor", lambda: f"/people/{chosen.choice(people)}/"),
        ("follow-up form", "doctor", lambda: f"/visit/{chosen.choice(people)}/hypertension/"),
        ("case inbox", "desk", "/cases/"),
        ("board of referrals", "desk", "/cases/boards/referral/"),
        ("one case", "desk", lambda: f"/cases/{chosen.choice(cases)}/"),
        ("signals", "epi", "/signals/"),
    ]
    for title, username, path in pages:
        machine.times(f"{username}: {title}", timed(opening(browsers[username], path)))
    machine.times("doctor: save a follow-up", saving(browsers["doctor"], people))


class recomputing:
    """Full recomputes, one after another, each in a process of its own as the background process starts them."""

    def __enter__(self) -> None:
        self.stop, self.done = threading.Event(), 0
        self.thread = threading.Thread(target=self._again)
        self.thread.start()

    def _again(self) -> None:
        while not self.stop.is_set():
            command = [sys.executable, "-m", "kangyu.jobs", "figures"]
            again = subprocess.run(command, start_new_session=True, capture_output=True, check=False)
            self.done += again.returncode == 0

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
        print(f"{self.done} full recomputes meanwhile")
