"""The county that `make run` shows: generated, imported, projected and measured, step by step; a step that was cut short is done again."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection, transaction

from kangyu.apps.cases.actions import status
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.actions import refresh
from kangyu.apps.governance import deployment
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account
from kangyu.apps.planning.actions import adoption
from kangyu.apps.record.actions import bulk_import
from kangyu.engines import twin
from kangyu.flows import (
    demo_cases,
    demo_doses,
    demo_fabrication,
    demo_notifiable,
    demo_outbreak,
    demo_signals,
    demo_statements,
    demo_things,
    measure,
)
from kangyu.gateways import content

Say = Callable[[str], None]
Step = tuple[str, str, Callable[[], object]]
SEED = 20
PLAN = "wenshang"


def ensure(*, residents: int, data: Path, say: Say) -> list[tuple[str, str, str]]:
    """Bring the demo county to the point where every page has something to show; returns (role, account, password) of the demo accounts."""
    content.current().require_sound()
    records: Step = ("records", f"生成并导入 {residents:,} 位居民的合成县", lambda: _records(residents, data, say))
    steps = [records, *after_import(data, _paced(say))]
    for number, (key, words, step) in enumerate(steps, 1):
        if not deployment.fact(f"step.{key}"):
            say(f"[{number}/{len(steps)}] {words}")
            step()
            deployment.set_fact(f"step.{key}", "done")
    return _demo_accounts(data)


def after_import(data: Path, progress: Callable[[str, int], None] = lambda what, done: None) -> list[Step]:
    """What is done once the records are in, in order: key, Chinese words, the work itself."""
    return [
        ("directory", "整理区域与机构", refresh.refresh),
        ("accounts", "开设演示账号", lambda: _accounts(data)),
        ("cases", "整理慢病管理名单", lambda: status.rebuild(progress)),
        ("fabricated", "掺入几处可疑随访", demo_fabrication.seed),
        ("referrals", "安排转诊", lambda: demo_cases.seed(_residents())),
        ("cards", "补出一年的传染病报告卡", lambda: demo_notifiable.seed(_residents())),
        ("outbreak", "安排一起暴发疫情", demo_outbreak.seed),
        ("things", "登记物资、急救站与饮水点", lambda: demo_things.seed(data)),
        ("doses", "备疫苗，记特殊健康状态和产检", demo_doses.seed),
        ("plan", "载入规划指标", _plan),
        ("statements", "计算两卡制考核，签字公示", demo_statements.seed),
        ("signals", "计算监测序列，找出预警", lambda: demo_signals.seed(progress)),
        ("measured", "计算全部指标", lambda: measure.recompute_before_all_else(progress)),
    ]


def parameters(residents: int) -> twin.TwinParameters:
    """The county of a given size, calibrated by the plan it will be measured against."""
    return twin.TwinParameters(residents=residents, seed=SEED, plan=PLAN, plan_file=content.folder() / "plans" / f"{PLAN}.yaml")


def settle(as_of: str) -> None:
    """Fix the business date of a generated county."""
    with transaction.atomic():
        deployment.set_fact("as_of", as_of)
        deployment.set_fact("synthetic", "yes")


def _records(residents: int, data: Path, say: Say) -> None:
    folder = data / "twin"
    shutil.rmtree(folder, ignore_errors=True)
    manifest = twin.generate(parameters(residents), folder, progress=_villages(say))
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM resource)")
        already = cursor.fetchone()[0]
    if not already:
        bulk_import.run([folder], by=SYSTEM, progress=_paced(say))
    settle(manifest.as_of)
    shutil.rmtree(folder, ignore_errors=True)


def _paced(say: Say) -> Callable[[str, int], None]:
    """Turn frequent progress calls into a line every few seconds."""
    last = [time.monotonic()]

    def progress(what: str, done: int) -> None:
        if time.monotonic() - last[0] > 3:
            last[0] = time.monotonic()
            say(f"      {what} {done:,}")

    return progress


def _villages(say: Say) -> Callable[[int, int, int], None]:
    """The twin's progress (villages done, villages in all, resources written) as paced lines."""
    paced = _paced(say)
    return lambda done, all_of_them, written: paced(f"生成 {done}/{all_of_them} 个村，资源", written)


def _plan() -> None:
    county = directory.county()
    deployment.set_fact("county", county.code)
    deployment.set_fact("county_name", county.name)
    deployment.set_fact("plan", PLAN)
    adoption.adopt_content_plan(PLAN, area=county.code, by=SYSTEM)


def _accounts(data: Path) -> None:
    """One account per role; the doctor is the one whose clinic looks after the most people with hypertension."""
    county = directory.county()
    clinic, role = _busiest_clinic()
    opened = []
    for key, username, name, place in (
        ("planner", "planner", "路样宁", {"area": county.code}),
        ("family_doctor", "doctor", "沈样舟", {"area": county.code, "org": clinic, "practitioner_role": role}),
        ("township_supervisor", "supervisor", "程样督", {"area": demo_fabrication.township() or county.code}),
        ("administrator", "admin", "管样安", {"area": county.code}),
        ("epidemiologist", "epi", "白样青", {"area": county.code, "org": _institution("cdc")}),
        ("sentinel_duty", "sentinel", "丁样岚", {"area": county.code, "org": _institution("general_hospital")}),
        ("referral_desk", "desk", "贺样成", {"area": county.code, "org": _institution("general_hospital")}),
        ("reception", "reception", "迟样来", {"area": county.code, "org": _institution("general_hospital")}),
        ("doctor", "physician", "段样清", {"area": county.code, "org": _institution("general_hospital")}),
        ("medical_office", "office", "金样管", {"area": county.code, "org": _institution("general_hospital")}),
        ("referral_desk", "towndesk", "苗样迎", {"area": county.code, "org": _township_hospital(clinic)}),
        ("doctor", "towndoctor", "阮样康", {"area": county.code, "org": _township_hospital(clinic)}),
        *demo_things.accounts(),
        *demo_statements.accounts(),
        *demo_doses.accounts(),
        *demo_notifiable.accounts(clinic),
    ):
        password = f"kangyu-{secrets.randbelow(9000) + 1000}-{secrets.token_hex(2)}"
        account = Account.objects.filter(username=username).first()
        if account is None:
            accounts.open_account(username=username, password=password, display_name=name, role=key, by=SYSTEM, synthetic=True, **place)
        else:
            accounts.set_password(account=account, password=password, by=SYSTEM)
        opened.append((content.current().roles[key].title, username, password))
    descriptor = os.open(data / "demo-accounts.json", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(opened, out, ensure_ascii=False)


def _residents() -> int:
    """How many people there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM person")
        return cursor.fetchone()[0]


def _institution(kind: str) -> str:
    """The first institution of a kind."""
    return next((one.id for one in directory.institutions_within(directory.county().code) if one.kind == kind), "")


def _township_hospital(clinic: str) -> str:
    """The hospital of the township in which a clinic stands."""
    found = directory.institution(clinic)
    near = directory.institutions_within(found.area[:9]) if found else []
    return next((one.id for one in near if one.kind in ("township_hospital", "community_centre")), _institution("township_hospital"))


def _busiest_clinic() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT org FROM resource WHERE rtype = 'EpisodeOfCare' AND code = 'hypertension' AND org IS NOT NULL "
            "GROUP BY org ORDER BY count(*) DESC, org LIMIT 1"
        )
        clinic = cursor.fetchone()[0]
        cursor.execute(
            "SELECT id FROM resource WHERE rtype = 'PractitionerRole' AND org = %s ORDER BY code <> 'physician', id LIMIT 1", [clinic]
        )
        found = cursor.fetchone()
    return clinic, found[0] if found else ""


def _demo_accounts(data: Path) -> list[tuple[str, str, str]]:
    file = data / "demo-accounts.json"
    return [tuple(row) for row in json.loads(file.read_text())] if file.exists() else []
