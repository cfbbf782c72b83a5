"""A signal from its card to its end: verified, assessed, responded to by the right moves; the board moves along; a back-test read."""

import re

from browser.looking import fits_a_phone, has_no_serious_fault


def lane(page, title: str):
    return page.locator(".board.signals .lane", has=page.locator("h2", has_text=title))


def choose(page, key: str, words: str) -> None:
    page.locator(f"#{key}").get_by_text(words, exact=True).click()


def stands(page, words: str) -> None:
    """The case's page says where it stands."""
    page.locator(".lede", has_text=f"现在：{words}").wait_for()


def test_an_alarm_opens_from_the_board_to_its_curve_and_the_cases_behind_it(signed_in):
    page = signed_in("epi")
    assert page.url.endswith("/signals/")
    fits_a_phone(page)
    has_no_serious_fault(page)
    card = page.locator(".board.signals .lane .card:has(a[href^='/signals/'])").first
    where, signal = card.locator(".dim").inner_text(), card.locator("a").get_attribute("href")
    card.locator("a").click()
    page.wait_for_url(f"**{signal}")
    assert where in page.locator("h1").inner_text() and page.locator("figure svg rect").count() >= 1
    assert page.locator("#cases + table tbody tr").count() >= 1
    fits_a_phone(page)
    has_no_serious_fault(page)


def test_a_signal_by_hand_is_verified_assessed_and_responded_to_while_the_board_moves(signed_in):
    page = signed_in("epi", expects=(422,))
    page.get_by_role("link", name="手工报一个信号").click()
    page.get_by_role("button", name="报一个信号").first.click()
    page.locator(".note.bad", has_text="地点").wait_for()
    village = page.locator("#place optgroup option").nth(1).inner_text()
    page.locator("#place").select_option(label=village)
    page.locator("#what").fill("发热伴皮疹聚集")
    page.locator("#cases").fill("5")
    page.locator("#where_found").fill("小学二年级一个班")
    fits_a_phone(page)
    has_no_serious_fault(page)
    page.get_by_role("button", name="报一个信号").first.click()
    stands(page, "待核实")
    case = page.url
    page.goto("/signals/")
    assert village in lane(page, "待核实").inner_text()

    page.goto(case)
    page.get_by_role("button", name="我来核实").click()
    stands(page, "核实中")
    page.locator(".turn").get_by_role("link", name="核实属实，转评估").click()
    choose(page, "how", "现场")
    page.locator("#true_cases").fill("5")
    choose(page, "clustered", "是")
    choose(page, "severe", "否")
    page.locator("#finding").fill("同班五例，已隔离")
    page.keyboard.press("Control+Enter")
    stands(page, "评估中")
    page.locator(".turn").get_by_role("link", name="定为事件").click()
    choose(page, "grade", "Ⅳ 级（一般）")
    choose(page, "spread", "低")
    choose(page, "harm", "低")
    page.locator("#basis").fill("同班聚集，无重症")
    page.keyboard.press("Control+Enter")
    stands(page, "待首报")
    assert "首报时限，2 小时" in page.locator(".turn").inner_text()
    page.locator(".turn").get_by_role("link", name="首报").click()
    page.locator("#event").fill("一起聚集性疫情")
    page.locator("#cases").fill("5")
    page.locator("#first_onset").fill("2025-11-17")
    page.locator("#place").fill(village)
    page.locator("#measures").get_by_text("消毒", exact=True).click()
    page.locator("#reported_to").fill("县政府")
    page.keyboard.press("Control+Enter")
    stands(page, "处置中")
    page.goto("/signals/")
    assert "发热伴皮疹聚集" in lane(page, "处置中").inner_text()


def test_a_response_that_is_over_is_closed_and_leaves_the_lanes(signed_in):
    page = signed_in("epi")
    card = lane(page, "处置中").locator(".card", has_text="水痘聚集")
    card.locator("a").click()
    page.wait_for_url("**/cases/**")
    page.locator(".turn").get_by_role("link", name="结案").click()
    page.locator("#total_cases").fill("6")
    page.locator("#deaths").fill("0")
    page.locator("#cause").fill("水痘病毒")
    page.locator("#source_found").fill("同班传播")
    page.keyboard.press("Control+Enter")
    stands(page, "已结案")
    page.goto("/signals/")
    assert lane(page, "处置中").locator(".card", has_text="水痘聚集").count() == 0
    assert "水痘聚集" in lane(page, "近 60 天关闭").inner_text()


def test_a_back_test_is_asked_for_and_says_what_alarms_cost(signed_in):
    page = signed_in("epi")
    page.locator(".page-acts").get_by_role("link", name="方法与回测").click()
    page.goto("/signals/backtests/?signal=ili_share&level=county&method=ears_c2")
    assert page.locator("#bt-signal option:checked").inner_text() == "流感样病例就诊百分比"
    page.locator("#bt-thresholds").fill("2、4")
    page.locator("#bt-count").fill("20")
    page.locator("#bt-budget").fill("3")
    fits_a_phone(page)
    has_no_serious_fault(page)
    page.get_by_role("button", name="开始回测").click()
    page.wait_for_url(re.compile(r"/signals/backtests/\d+/$"))
    page.locator(".note", has_text="结论").wait_for(timeout=90_000)  # a process of its own works it out
    said = page.locator("main").inner_text()
    assert "每周 3 次报警的预算" in said and "报警里真的" in said and "中位几天发现" in said
    assert page.locator("#places ~ table tbody tr").count() >= 1
    fits_a_phone(page)
    has_no_serious_fault(page)


def test_who_has_no_part_in_signals_sees_none(signed_in):
    page = signed_in("doctor", expects=(403,))
    page.goto("/signals/")
    assert "您的角色没有这项权限" in page.locator("main").inner_text()
