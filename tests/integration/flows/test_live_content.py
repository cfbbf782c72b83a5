"""A disease is added by dropping a folder in: live in the pages and in the background work, without a restart."""

import shutil
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from declarations import FOLDER
from kangyu.apps.cases.actions import new_rules
from kangyu.apps.governance.models import Account
from kangyu.apps.indicators.models import Figure
from kangyu.apps.surveillance import declared as surveillance
from kangyu.flows import measure
from kangyu.gateways import content as gateway
from world import care

GUIDE = Path(__file__).resolve().parents[2] / "guide"
ANSWERS = {"visit_kind": "clinic", "breathlessness": "stops", "attack": "no", "cigarettes": "5"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(tmp_path, monkeypatch, settings) -> Path:
    """A content folder of its own that this process works by."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.DATA = tmp_path / "data"
    root = tmp_path / "content"
    shutil.copytree(FOLDER, root)
    monkeypatch.setenv("KANGYU_CONTENT", str(root))
    return root


@pytest.fixture
def patient(qinghe) -> int:
    """Li, with the new disease diagnosed before anybody declared how it is managed."""
    li = care.li_is_treated()
    care.store(care.condition("li-copd", "li", code="J44.9", onset="2021-05-01", title="慢性阻塞性肺疾病"))
    return li


def client(account: Account) -> Client:
    found = Client()
    found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


def text(response) -> str:
    return response.content.decode()


def drop_in(root: Path) -> None:
    shutil.copytree(GUIDE, root, dirs_exist_ok=True)
    seconds_pass()


def seconds_pass() -> None:
    """The folder is looked at again, as it is every few seconds by whoever asks next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "RECHECK_SECONDS", 0.0)
        gateway.current()


@pytest.mark.django_db(transaction=True)
def test_a_dropped_in_disease_is_seen_filled_in_listed_and_counted(live, empty_record, qinghe, patient):
    shen, planner = client(qinghe.shen), client(qinghe.planner)
    form = reverse("visit", args=[patient, "copd"])
    assert new_rules.due() == ""
    assert shen.get(form).status_code == 400
    assert "慢阻肺" not in text(shen.get(reverse("today")))

    drop_in(live)

    page = text(shen.get(form))
    assert "气短程度" in page and "近三个月急性加重过" in page
    assert new_rules.due() == "rules", "the background work sees the new rules"
    assert new_rules.rederive() > 0 and new_rules.due() == ""
    assert "慢阻肺" in text(shen.get(reverse("person", args=[patient])))

    saved = shen.post(form, ANSWERS)
    assert saved.status_code == 302
    done = text(shen.get(saved["Location"]))
    assert "紧急" in done or "转诊到上级医院" in done
    page = text(shen.get(reverse("person", args=[patient])))
    assert "慢阻肺随访" in page.split('class="tl"')[1], "told in the story, and due again"
    assert "慢阻肺" in text(shen.get(reverse("today"), {"show": "all", "programme": "copd"})) or "慢阻肺" in text(
        shen.get(reverse("people"))
    )

    run = measure.recompute_all()
    found = Figure.objects.get(run=run, indicator="copd_followed", level="county", period="now")
    assert (found.top, found.bottom) == (1, 1)
    assert "慢阻肺患者随访率" in text(planner.get(reverse("indicator", args=["copd_followed"])))
    assert "copd_visits" in surveillance.watched()


def test_a_broken_file_changes_nothing_and_its_line_is_shown(live, qinghe, patient):
    admin = client(qinghe.admin)
    before = gateway.current()
    shutil.copytree(GUIDE, live, dirs_exist_ok=True)
    broken = live / "programmes" / "copd" / "programme.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("breathlessness is null", "breathlesness is null"), encoding="utf-8")
    seconds_pass()
    assert gateway.current() is before
    page = text(admin.get(reverse("content")))
    assert "没有采用的改动" in page and "programmes/copd/programme.yaml:35" in page and "breathlesness" in page
    assert client(qinghe.shen).get(reverse("visit", args=[patient, "copd"])).status_code == 400
    broken.write_text((GUIDE / "programmes" / "copd" / "programme.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    seconds_pass()
    assert "copd" in gateway.current().programmes
    assert "没有采用的改动" not in text(admin.get(reverse("content")))
