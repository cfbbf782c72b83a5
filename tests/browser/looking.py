"""Looking at an open page: what the browser complains of, whether it fits a phone, whether everybody can use it."""

import re
from pathlib import Path

import pytest

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
WIDER = """() => {
  const limit = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > limit + 1);
  return wide.slice(0, 5).map((one) => `${one.tagName.toLowerCase()}.${one.className} ${one.textContent.trim().slice(0, 30)}`);
}"""
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  const heavy = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const shown = (node) => `  ${node.target} ${node.html.slice(0, 160)}`;
  return heavy.map((one) => [`${one.id} (${one.impact}): ${one.help}`, ...one.nodes.slice(0, 5).map(shown)].join("\\n"));
}"""


class Faults:
    """What the browser complains of on a page: script errors, breaches of the policy, refusals that were not expected."""

    def __init__(self, page, expected: tuple[int, ...] = ()):
        self.found: list[str] = []
        self.expected = expected
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))

    def _hear(self, kind: str, text: str) -> None:
        refused = re.search(r"responded with a status of (\d+)", text)
        if kind == "error" and not (refused and int(refused[1]) in self.expected):
            self.found.append(text)


def sign_in(page, username: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto("/sign-in/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)


def fits(page) -> None:
    """Nothing runs out of the side of the window."""
    width = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    wide = page.evaluate(WIDER) if width > 0 else []
    assert width <= 0, f"{page.url} is {width} px too wide: {wide}"


def fits_a_phone(page) -> None:
    """Nothing runs out of the side at 390 × 844; the window is a desk's again afterwards."""
    page.set_viewport_size(PHONE)
    try:
        fits(page)
    finally:
        page.set_viewport_size(DESK)


def has_no_serious_fault(page) -> None:
    """axe finds nothing serious or critical (WCAG 2.2 A and AA, and its own best practice)."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run make setup-dev")
    page.evaluate(AXE.read_text())
    found = page.evaluate(RUN)
    assert found == [], f"{page.url}\n" + "\n".join(found)
