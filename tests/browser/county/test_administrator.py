"""An administrator opens accounts, reads what the platform runs on, and is told exactly what is wrong with a file."""

import json
import secrets

from browser.looking import fits_a_phone, has_no_serious_fault, sign_in


def open_account(admin, role: str, other_than: str = "") -> tuple[str, str]:
    """Account name and first password of a new account, opened by the form; ``other_than`` asks for a clinic that is not this one."""
    username = f"new.{secrets.token_hex(3)}"
    admin.goto("/admin/accounts/open/")
    admin.get_by_label("账号", exact=True).fill(username)
    admin.get_by_label("姓名", exact=True).fill("新样来")
    admin.get_by_label(role).check()
    admin.locator("#area").select_option(label="样河县")
    if other_than:
        admin.locator("#org option", has_text="卫生室").first.wait_for(state="attached")
        titles = admin.locator("#org option").all_inner_texts()
        admin.locator("#org").select_option(label=next(one for one in titles if "卫生室" in one and one not in other_than))
    admin.keyboard.press("Control+Enter")
    admin.locator("h1", has_text="已开设").wait_for()
    fits_a_phone(admin)
    return username, admin.locator(".once code").inner_text()


def test_new_planner_signs_in_with_the_password_shown_once(signed_in, opened):
    admin = signed_in("admin")
    fits_a_phone(admin)
    admin.goto("/admin/accounts/")
    has_no_serious_fault(admin)
    fits_a_phone(admin)
    admin.goto("/admin/accounts/open/")
    has_no_serious_fault(admin)
    fits_a_phone(admin)
    username, password = open_account(admin, "卫生健康局规划员")
    newcomer = opened()
    newcomer.goto("/sign-in/")
    has_no_serious_fault(newcomer)
    fits_a_phone(newcomer)
    sign_in(newcomer, username, password)
    assert newcomer.url.endswith("/plan/") and "新样来" in newcomer.locator(".me summary").inner_text()
    admin.goto("/admin/accounts/")
    assert username in admin.locator("main table").inner_text()


def test_doctor_of_another_clinic_gets_no_resident_of_this_one(signed_in, opened):
    doctor = signed_in("doctor")
    doctor.goto("/people/")
    link = doctor.locator("main [data-row] a[href^='/people/']").first
    pid, name = link.get_attribute("href").split("/")[2], link.inner_text()
    clinic = doctor.request.get(f"/people/{pid}/").text().split("负责：")[1].split("</span>")[0]

    admin = signed_in("admin")
    username, password = open_account(admin, "家庭医生", other_than=clinic)
    outsider = opened(expects=(403, 404))
    sign_in(outsider, username, password)
    for path in (f"/people/{pid}/", f"/visit/{pid}/hypertension/"):
        answer = outsider.goto(path)
        assert answer.status in (403, 404)
        page = outsider.locator("main").inner_text()
        assert "不在您的管辖范围内" in page and name not in page
        fits_a_phone(outsider)
    outsider.goto(f"/people/?q={name}")
    assert outsider.locator(f"main a[href='/people/{pid}/']").count() == 0


def test_wrong_password_five_times_locks_the_account(signed_in, opened):
    username, password = open_account(signed_in("admin"), "卫生健康局规划员")
    stranger = opened(expects=(401, 403, 429))
    for _ in range(5):
        stranger.goto("/sign-in/")
        stranger.get_by_label("账号").fill(username)
        stranger.get_by_label("密码").fill("not-the-password")
        stranger.get_by_role("button", name="登录").click()
        stranger.locator("main [role=alert]:visible, main h1", has_text="不对").or_(stranger.get_by_text("暂时不能登录")).first.wait_for()
    assert "连续输错了 5 次" in stranger.locator("main").inner_text()
    fits_a_phone(stranger)
    stranger.goto("/sign-in/")
    stranger.get_by_label("账号").fill(username)
    stranger.get_by_label("密码").fill(password)
    stranger.get_by_role("button", name="登录").click()
    stranger.get_by_role("heading", name="暂时不能登录").wait_for()
    assert "15 分钟" in stranger.locator("main").inner_text(), "the right password does not open it either"


def test_content_shows_the_hypertension_programme_with_its_source_and_examples(signed_in):
    admin = signed_in("admin")
    admin.goto("/content/")
    assert "全部装载" in admin.locator("main").inner_text()
    has_no_serious_fault(admin)
    fits_a_phone(admin)
    admin.get_by_role("link", name="项目").last.click()
    admin.get_by_role("link", name="高血压患者健康管理").click()
    assert "国家基本公共卫生服务规范" in admin.locator(".lede").inner_text()
    assert "都和写的一致" in admin.locator("main").inner_text(), "its examples were run"
    admin.get_by_text("逐行看").click()
    assert "key: hypertension" in admin.locator("pre.file").inner_text()
    has_no_serious_fault(admin)
    fits_a_phone(admin)


def test_import_of_a_broken_file_names_file_and_line_and_writes_nothing(signed_in, tmp_path):
    whole = {"resourceType": "Organization", "id": "org-nowhere", "name": "不存在的卫生室"}
    file = tmp_path / "from-the-hospital.ndjson"
    file.write_text(
        json.dumps(whole, ensure_ascii=False) + '\n{"resourceType": "Patient", "id": "cut\n{"resourceType": "Observation", "id": "o"}\n'
    )
    admin = signed_in("admin")
    admin.goto("/admin/imports/")
    fits_a_phone(admin)
    admin.get_by_label("选文件，可以多选").set_input_files(file)
    admin.get_by_role("button", name="交上去导入").click()
    admin.get_by_text("什么都没有写入", exact=False).first.wait_for(timeout=60_000)
    said = admin.locator("main").inner_text()
    assert "from-the-hospital.ndjson 第 2 行" in said and "不是完整的 JSON" in said
    assert "from-the-hospital.ndjson 第 3 行" in said and "status" in said
    has_no_serious_fault(admin)
    fits_a_phone(admin)
    admin.goto("/admin/audit/")
    assert "from-the-hospital" not in admin.locator("main").inner_text()
    fits_a_phone(admin)
