"""The handbook in a browser: readable at the desk and on a phone, drawn without script, nothing over the edge."""

import os
from pathlib import Path

import pytest

from browser.looking import DESK, PHONE
from world.qinghe import PASSWORD

PAGES = {
    "overview": "/content/",
    "kind": "/content/procedure/",
    "programme": "/content/programme/hypertension/",
    "procedure": "/content/procedure/referral/",
    "form": "/content/form/hypertension_follow_up/",
    "indicator": "/content/indicator/hypertension_control/",
    "statement": "/content/statement/two_card_appraisal/",
    "signal": "/content/signal/ili_share/",
    "overlay": "/content/overlay/",
}
SHOTS = os.environ.get("KANGYU_SHOTS", "")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_of_the_handbook_fit_and_have_no_barriers(visitor, qinghe, size):
    someone = visitor(size)
    someone.sign_in("admin", PASSWORD)
    for name, address in PAGES.items():
        page = someone.go(address)
        assert page.locator("h1").inner_text()
        someone.fits()
        someone.has_no_barriers()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}.png")
    assert someone.errors == []


def test_a_flow_is_drawn_without_script_and_named(visitor, qinghe):
    someone = visitor()
    someone.sign_in("admin", PASSWORD)
    page = someone.go("/content/procedure/referral/")
    drawing = page.locator("#flow svg")
    assert "转诊" in drawing.get_attribute("aria-label")
    assert drawing.locator("text", has_text="4 个工作小时").count() > 0
    boxes = drawing.evaluate("svg => [...svg.querySelectorAll('text')].map(text => text.getBBox()).map(b => [b.x, b.y, b.width, b.height])")
    width = float(drawing.get_attribute("width"))
    assert all(x >= 0 and x + wide <= width for x, _, wide, _ in boxes)
    over = [
        (one, two)
        for number, one in enumerate(boxes)
        for two in boxes[number + 1 :]
        if one[0] < two[0] + two[2] - 1 and two[0] < one[0] + one[2] - 1 and one[1] < two[1] + two[3] - 3 and two[1] < one[1] + one[3] - 3
    ]
    assert over == [], "no word stands over another, as the browser measures them"
