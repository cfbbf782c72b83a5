"""A visit saved while the network is away arrives once, never twice, and is not lost with the page."""

import json

import pytest
from django.db import connection

from world import care, qinghe


@pytest.fixture
def shen(visitor):
    from django.core.cache import cache

    cache.clear()
    qinghe.build()
    care.li_is_treated()
    found = visitor()
    found.sign_in("shen", qinghe.PASSWORD)
    return found


def open_visit(page):
    li = care.pid_of("li")
    page.goto(f"/visit/{li}/hypertension/")
    page.fill("#systolic", "148")
    page.fill("#diastolic", "86")
    page.click("#symptoms label >> nth=0")
    page.click("#medication_adherence label >> nth=0")
    for key in ("adverse_reaction", "new_complication"):
        page.click(f"#{key} label >> nth=0")
    page.wait_for_selector("#live:has-text('可以保存了')")


def stored() -> list[tuple[int, dict]]:
    """The visits of this journey: (version, body)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vid, body FROM resource WHERE rtype = 'QuestionnaireResponse' AND d_lo >= '2025-11-01'")
        return [(vid, json.loads(body) if isinstance(body, str) else body) for vid, body in cursor.fetchall()]


def waiting(page) -> int:
    return page.evaluate("""() => new Promise((done) => {
      const asked = indexedDB.open("kangyu", 1);
      asked.onsuccess = () => {
        const all = asked.result.transaction("waiting").objectStore("waiting").count();
        all.onsuccess = () => done(all.result);
      };
    })""")


def test_a_visit_saved_without_a_network_waits_and_arrives_by_itself(shen):
    page = shen.page
    open_visit(page)
    shen.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#queue:has-text('1 份还没有送到'):has-text('李样芳')")
    assert stored() == [] and waiting(page) == 1
    shen.context.set_offline(False)
    page.wait_for_selector("h1:has-text('已保存')")
    assert [vid for vid, _ in stored()] == [1] and waiting(page) == 0


def test_what_waits_survives_the_tab_and_is_sealed(shen):
    page = shen.page
    open_visit(page)
    shen.context.set_offline(True)
    page.click("button[form=visit-form] >> nth=0")
    page.wait_for_selector("#queue:has-text('1 份还没有送到')")
    raw = page.evaluate("""() => new Promise((done) => {
      const asked = indexedDB.open("kangyu", 1);
      asked.onsuccess = () => {
        const all = asked.result.transaction("waiting").objectStore("waiting").getAll();
        all.onsuccess = () => done(all.result.map((one) => Object.keys(one).join() + new TextDecoder().decode(one.sealed)).join());
      };
    })""")
    assert "systolic" not in raw and "李样芳" not in raw and "148" not in raw
    page.close()
    shen.context.set_offline(False)
    again = shen.context.new_page()
    again.goto("/today/")
    again.wait_for_selector("#notice:has-text('已送到：李样芳')")
    assert len(stored()) == 1 and waiting(again) == 0
    again.reload()
    assert len(stored()) == 1


def test_an_answer_that_got_lost_on_the_way_back_is_not_stored_twice(shen):
    page = shen.page
    open_visit(page)
    lost = []

    def stored_but_unheard(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/visit/*/hypertension/?form=*", stored_but_unheard)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#queue:has-text('1 份还没有送到')")
    assert lost == [302] and len(stored()) == 1, "the server had it, the page does not know"
    page.click("#queue button:has-text('现在送')")
    page.wait_for_selector("h1:has-text('已保存')")
    assert [vid for vid, _ in stored()] == [1] and waiting(page) == 0


def test_what_the_server_refuses_later_is_said_and_can_be_mended(shen):
    page = shen.page
    open_visit(page)
    shen.context.set_offline(True)
    page.fill("#systolic", "84")
    page.fill("#diastolic", "132")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#queue:has-text('1 份还没有送到')")
    page.close()
    shen.context.set_offline(False)
    again = shen.context.new_page()
    again.goto("/today/")
    again.wait_for_selector("#queue:has-text('没有收下：李样芳')")
    assert stored() == []
    again.click("#queue button:has-text('打开修改')")
    again.wait_for_selector("[role=alert]:has-text('还没有保存')")
    assert again.input_value("#systolic") == "84"
    again.click("[data-fix]:has-text('两栏对调')")
    again.wait_for_selector("#live:has-text('可以保存了')")
    again.focus("#diastolic")
    again.keyboard.press("Control+Enter")
    again.wait_for_selector("h1:has-text('已保存')")
    (only,) = stored()
    assert only[0] == 1 and waiting(again) == 0
    again.goto("/today/")
    again.wait_for_timeout(300)
    assert again.locator("#queue").is_hidden()


def test_signing_out_asks_before_it_clears_what_waits(shen):
    page = shen.page
    open_visit(page)
    page.route("**/visit/*/hypertension/?form=*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#queue:has-text('1 份还没有送到')")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.click("details.me summary")
    page.click("text=退出登录")
    page.wait_for_timeout(200)
    assert "还有 1 份没有送到" in asked[0] and waiting(page) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in/**")
    assert waiting(page) == 0
