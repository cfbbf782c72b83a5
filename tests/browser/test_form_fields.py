"""Every type of field on one page: by keyboard, with rows, units, names, a signature and a photo; on a desk and on a phone."""

import base64
import json
import os
import shutil

import pytest
from django.db import connection

from declarations import FOLDER
from kangyu.gateways import content
from world import care, every_field, qinghe

DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==")


@pytest.fixture
def whole(tmp_path, monkeypatch, visitor):
    """Dr Shen at a form of the hypertension programme that asks everything."""
    folder = tmp_path / "content"
    shutil.copytree(FOLDER, folder)
    every_field.write(folder)
    (folder / "forms" / "all_fields.yaml").rename(folder / "programmes" / "hypertension" / "all_fields.yaml")
    monkeypatch.setenv("KANGYU_CONTENT", str(folder))
    assert "hypertension_all_fields" in content.current().forms, content.current().problems
    qinghe.build()
    li = care.li_is_treated()

    def at(size: dict):
        found = visitor(size)
        found.sign_in("shen", qinghe.PASSWORD)
        found.go(f"/visit/{li}/hypertension/?form=all_fields")
        return found

    return at


def stored() -> dict:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body FROM resource WHERE rtype = 'QuestionnaireResponse' AND code = 'urn:kangyu:form:hypertension_all_fields'"
        )
        ((body,),) = cursor.fetchall()
    return json.loads(body) if isinstance(body, str) else body


def test_everything_is_filled_in_and_stored(whole):
    shen = whole(DESK)
    page = shen.page
    page.fill("#temperature", "36.8")
    page.fill("#glucose", "126")
    page.select_option("select[name='glucose.unit']", "mg/dL")
    page.wait_for_selector("#conv-glucose:has-text('6.99 mmol/L')")
    page.fill("#hospital-typed", "xlcw")
    page.wait_for_selector("#hospital-list [role=option]:has-text('西里村卫生室')")
    page.keyboard.press("Enter")
    assert page.input_value("#hospital-typed") == "西里村卫生室"
    page.focus("#contacts-1-who")
    page.keyboard.type("甲")
    for typed in ("8", "1.5"):
        page.keyboard.press("Enter")
        page.keyboard.type(typed)
    page.wait_for_selector("#contacts-1-total:has-text('12')")
    page.focus("#contacts-1-why")
    page.keyboard.type("同住")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contacts-2-who", "Enter in the last cell goes on to a new row"
    page.keyboard.type("乙")
    page.keyboard.press("Alt++")
    page.keyboard.type("丙")
    page.keyboard.press("Alt+-")
    page.wait_for_selector("#contact_count:has-text('2')")
    box = page.locator("[data-signature] canvas")
    box.scroll_into_view_if_needed()
    edge = box.bounding_box()
    page.mouse.move(edge["x"] + 40, edge["y"] + 40)
    page.mouse.down()
    page.mouse.move(edge["x"] + 160, edge["y"] + 90, steps=6)
    page.mouse.up()
    page.fill("input[name='signed.by']", "李样芳")
    page.set_input_files("input[name='picture.file']", {"name": "伤口.png", "mimeType": "image/png", "buffer": PNG})
    page.wait_for_selector("#picture .enclosed:has-text('伤口.png')")
    page.focus("#temperature")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('已保存')")
    body = stored()
    items = {item["linkId"]: item for item in body["item"]}
    rows = [item for item in body["item"] if item["linkId"] == "contacts"]
    assert [row["item"][0]["answer"][0]["valueString"] for row in rows] == ["甲", "乙"]
    assert items["glucose"]["answer"][0]["valueQuantity"]["extension"][0]["valueQuantity"]["value"] == 126
    assert items["hospital"]["answer"][0]["valueReference"] == {"reference": "Organization/clinic-xili", "display": "西里村卫生室"}
    signed = items["signed"]["answer"][0]["valueAttachment"]
    assert signed["title"] == "李样芳" and signed["creation"].endswith("+08:00")
    assert shen.errors == []
    assert page.request.get(f"/forms/file/{body['id']}/signed").headers["content-type"] == "image/png"


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "phone"])
def test_a_form_with_everything_fits_and_has_no_barriers(whole, size):
    shen = whole(size)
    if shots := os.environ.get("KANGYU_SHOTS"):
        shen.page.screenshot(path=f"{shots}/fields-{size['width']}.png", full_page=True)
    shen.fits()
    shen.has_no_barriers()
    assert shen.errors == []


def test_another_doctor_does_not_see_the_file(whole, visitor):
    shen = whole(DESK)
    page = shen.page
    page.set_input_files("input[name='picture.file']", {"name": "伤口.png", "mimeType": "image/png", "buffer": PNG})
    page.wait_for_selector("#picture .enclosed:has-text('伤口.png')")
    page.click("button[form=visit-form] >> nth=0")
    page.wait_for_selector("h1:has-text('已保存')")
    address = f"/forms/file/{stored()['id']}/picture"
    assert page.request.get(address).headers["content-type"] == "image/jpeg"
    wang = visitor(DESK)
    wang.sign_in("wang", qinghe.PASSWORD)
    assert wang.page.request.get(address).status == 404
