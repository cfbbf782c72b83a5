"""Signing in and out: the right password, the wrong one, the second factor, too many tries, the way home."""

import pytest
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from kangyu.apps.governance.models import AuditEvent
from world.qinghe import PASSWORD

pytestmark = pytest.mark.django_db


def give(client, username: str, password: str, **more: str):
    return client.post(reverse("sign_in"), {"username": username, "password": password, **more})


def code_of(device: TOTPDevice) -> str:
    return f"{TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift).token():06d}"


def test_right_password_leads_to_the_home_of_the_role(qinghe, client):
    assert give(client, "planner", PASSWORD).url == reverse("home")
    assert client.get(reverse("home")).url == reverse("plan")
    assert AuditEvent.objects.filter(account="planner", action="sign_in").count() == 1


def test_administrator_starts_at_the_administration(qinghe, signed_in):
    assert signed_in(qinghe.admin).get(reverse("home")).url == reverse("administration")


def test_wrong_password_says_so_and_signs_nobody_in(qinghe, client):
    answer = give(client, "planner", "wrong-password-1")
    assert answer.status_code == 401 and "账号或密码不对" in answer.content.decode()
    assert client.get(reverse("home")).status_code == 302


def test_closed_account_cannot_sign_in(qinghe, client):
    qinghe.planner.is_active = False
    qinghe.planner.save()
    assert give(client, "planner", PASSWORD).status_code == 401


def test_five_wrong_tries_lock_the_account_for_a_while(qinghe, client):
    answers = [give(client, "planner", "wrong-password-1").status_code for _ in range(5)]
    locked = give(client, "planner", PASSWORD)
    assert answers[-1] == 429 and locked.status_code == 429
    assert "等 15 分钟" in locked.content.decode()


def test_goes_on_to_where_one_was_going_but_never_to_another_site(qinghe, client):
    there = client.get("/admin/audit/?action=sign_in")
    assert there.status_code == 302 and "next=" in there.url
    assert give(client, "admin", PASSWORD, next="/admin/audit/?action=sign_in").url == "/admin/audit/?action=sign_in"
    client.post(reverse("sign_out"))
    assert give(client, "admin", PASSWORD, next="https://elsewhere.example/").url == reverse("home")


def test_signing_out_needs_a_post_and_ends_the_session(qinghe, signed_in):
    client = signed_in(qinghe.admin)
    assert client.get(reverse("sign_out")).status_code == 405
    client.post(reverse("sign_out"))
    assert client.get(reverse("administration")).status_code == 302


def test_second_factor_is_asked_once_it_is_on(qinghe, signed_in, client):
    page = signed_in(qinghe.admin).get(reverse("second_factor")).content.decode()
    device = TOTPDevice.objects.get(user=qinghe.admin)
    assert not device.confirmed and "<svg" in page and "style=" not in page
    assert client.post(reverse("second_factor"), {"do": "start", "code": "000000"}).status_code in (302, 422)
    device.refresh_from_db()
    device.throttle_reset()
    client.post(reverse("second_factor"), {"do": "start", "code": code_of(device)})
    device.refresh_from_db()
    assert device.confirmed
    client.post(reverse("sign_out"))
    assert give(client, "admin", PASSWORD).url == reverse("sign_in_code")
    assert client.get(reverse("administration")).status_code == 302
    TOTPDevice.objects.update(last_t=-1)
    assert client.post(reverse("sign_in_code"), {"code": code_of(device)}).url == reverse("home")
    assert client.get(reverse("administration")).status_code == 200


def test_wrong_code_signs_nobody_in(qinghe, client):
    TOTPDevice.objects.create(user=qinghe.admin, confirmed=True, name="x")
    give(client, "admin", PASSWORD)
    right = code_of(TOTPDevice.objects.get())
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    answer = client.post(reverse("sign_in_code"), {"code": wrong})
    assert answer.status_code == 401 and "验证码不对" in answer.content.decode()
    assert client.get(reverse("administration")).status_code == 302


def test_code_page_is_closed_without_a_password_before_it(client, db):
    assert client.get(reverse("sign_in_code")).url == reverse("sign_in")


def test_own_password_needs_the_old_one(qinghe, signed_in):
    client = signed_in(qinghe.planner)
    wrong = client.post(reverse("password"), {"now": "no", "new": "another-horse-8", "again": "another-horse-8"})
    assert wrong.status_code == 422 and "现在的密码不对" in wrong.content.decode()
    client.post(reverse("password"), {"now": PASSWORD, "new": "another-horse-8", "again": "another-horse-8"})
    qinghe.planner.refresh_from_db()
    assert qinghe.planner.check_password("another-horse-8")
    assert client.get(reverse("password")).status_code == 200
