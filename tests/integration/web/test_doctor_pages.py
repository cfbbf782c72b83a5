"""The family doctor's pages: who may open what, what they say, what they leave in the audit trail."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from kangyu.apps.governance.models import AuditEvent
from world import care

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_static(settings):
    """Pages are drawn without a collected static folder."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def li(qinghe):
    return care.li_is_treated()


def client(account) -> Client:
    found = Client()
    found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


def text(response) -> str:
    return response.content.decode()


def test_today_names_who_why_what_was_last_and_until_when(qinghe, li):
    page = text(client(qinghe.shen).get(reverse("today")))
    for words in ("李样芳", "女 67", "东里村", "高血压", "156/92", "逾期", "开始随访"):
        assert words in page
