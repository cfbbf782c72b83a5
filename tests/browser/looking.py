"""Looking at an open page: whether it fits a phone, whether everybody can use it."""

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
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) =>
    `${one.id} (${one.impact}): ${one.help}\\n` + one.nodes.slice(0, 5).map((node) => `    ${node.target} ${node.html.slice(0, 160)}`).join("\\n"));
}"""


def fits_a_phone(page) -> None:
    """Nothing runs out of the side at 390 × 844."""
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    wide = page.evaluate(WIDER) if width > 0 else []
    page.set_viewport_size(DESK)
    assert width <= 0, f"{page.url} is {width} px wider than a phone: {wide}"


def has_no_serious_fault(page) -> None:
    """axe finds nothing serious or critical (WCAG 2.2 A and AA, and its own best practice)."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run make setup-dev")
    page.evaluate(AXE.read_text())
    found = page.evaluate(RUN)
    assert found == [], f"{page.url}\n" + "\n".join(found)
