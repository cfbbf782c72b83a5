"""Signing in and out, the second factor, one's own password, and the way home."""

import base64
from io import BytesIO

import qrcode
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, get_user_model, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathImage

from kangyu.apps.governance.access import viewer_of
from kangyu.apps.governance.actions import accounts, audit
from kangyu.kernel.errors import UserError
from kangyu.web.decorators import allow
from kangyu.web.frame import home_of

PENDING = "second_factor_for"
WRONG_CODE = "验证码不对或已过期。请看验证器上现在的 6 位数字，再输一次。"


@allow()
def home(request: HttpRequest) -> HttpResponse:
    """To the page this role starts from."""
    name = home_of(request.viewer)
    if not name:
        return render(request, "no_role.html", status=403)
    return redirect(name)


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account and password; then the code, where the account has a second factor."""
    if request.user.is_authenticated:
        return redirect("home")
    shown = {"next": request.POST.get("next") or request.GET.get("next", ""), "username": request.POST.get("username", "")}
    if request.method != "POST":
        return render(request, "sign_in.html", shown)
    account = authenticate(request, username=shown["username"].strip(), password=request.POST.get("password", ""))
    if account is None:
        return render(request, "sign_in.html", {**shown, "says": "账号或密码不对，或账号已停用。请检查大小写后再试。"}, status=401)
    if _device(account):
        request.session[PENDING] = {"account": account.pk, "next": shown["next"], "backend": account.backend}
        return redirect("sign_in_code")
    login(request, account)
    audit.record("sign_in", by=viewer_of(account))
    return redirect(_safe_next(request, shown["next"]))


def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second factor, asked after the right password."""
    pending = request.session.get(PENDING)
    account = get_user_model().objects.filter(pk=pending["account"], is_active=True).first() if pending else None
    device = _device(account) if account else None
    if device is None:
        return redirect("sign_in")
    if request.method != "POST":
        return render(request, "sign_in_code.html")
    if not device.verify_token(_digits(request)):
        return render(request, "sign_in_code.html", {"says": WRONG_CODE}, status=401)
    del request.session[PENDING]
    account.backend = pending["backend"]
    login(request, account)
    otp_login(request, device)
    audit.record("sign_in", by=viewer_of(account), purpose="密码和验证码")
    return redirect(_safe_next(request, pending["next"]))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@allow()
def second_factor(request: HttpRequest) -> HttpResponse:
    """Turn the second factor on (scan, confirm with a code) or off (again with a code)."""
    device = _device(request.user)
    if request.method == "POST" and request.POST.get("do") == "stop" and device:
        if device.verify_token(_digits(request)):
            device.delete()
            audit.record("second_factor.stop", by=request.viewer)
            messages.success(request, "登录保护已关闭。", extra_tags="ok")
        else:
            messages.error(request, WRONG_CODE, extra_tags="bad")
        return redirect("second_factor")
    if device:
        return render(request, "second_factor.html", {"device": device})
    fresh, _ = TOTPDevice.objects.get_or_create(user=request.user, confirmed=False, defaults={"name": "验证器"})
    if request.method == "POST" and request.POST.get("do") == "start":
        if fresh.verify_token(_digits(request)):
            fresh.confirmed = True
            fresh.save(update_fields=["confirmed"])
            otp_login(request, fresh)
            audit.record("second_factor.start", by=request.viewer)
            messages.success(request, "登录保护已开启，下次登录会要验证码。", extra_tags="ok")
            return redirect("second_factor")
        return render(request, "second_factor.html", {**_enrolment(fresh), "says": WRONG_CODE}, status=422)
    return render(request, "second_factor.html", _enrolment(fresh))


@allow()
@sensitive_post_parameters("now", "new", "again")
def password(request: HttpRequest) -> HttpResponse:
    """One's own password: the old one once, the new one twice."""
    if request.method != "POST":
        return render(request, "password.html")
    says = _change(request)
    if says:
        return render(request, "password.html", {"says": says}, status=422)
    messages.success(request, "新密码已保存。", extra_tags="ok")
    return redirect("home")


def _change(request: HttpRequest) -> str:
    """Why the password was not changed, or nothing."""
    if not request.user.check_password(request.POST.get("now", "")):
        return "现在的密码不对，没有改。"
    if request.POST.get("new", "") != request.POST.get("again", ""):
        return "两遍新密码不一样，没有改。请再输一次。"
    try:
        accounts.set_password(account=request.user, password=request.POST.get("new", ""), by=request.viewer)
    except UserError as error:
        return str(error)
    update_session_auth_hash(request, request.user)
    return ""


def _device(account) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=account, confirmed=True).first()


def _digits(request: HttpRequest) -> str:
    return "".join(letter for letter in request.POST.get("code", "") if letter.isdigit())


def _enrolment(device: TOTPDevice) -> dict:
    return {"secret": base64.b32encode(device.bin_key).decode(), "qr": _drawn(device.config_url)}


def _drawn(address: str) -> SafeString:
    """The address as a QR code: one SVG path of our own making, so it passes the page's policy."""
    picture = BytesIO()
    qrcode.make(address, image_factory=SvgPathImage, box_size=12).save(picture)
    text = picture.getvalue().decode()
    return mark_safe(text[text.index("<svg") :])


def _safe_next(request: HttpRequest, address: str) -> str:
    """Where the person was going, if that is on this site."""
    if address and url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return resolve_url("home")
