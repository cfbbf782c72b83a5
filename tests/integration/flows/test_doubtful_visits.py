"""Made-up visits are shown to who oversees the township, with the evidence and the way to the records, and to nobody else."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from kangyu.apps.cases.queries import doubtful
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.flows import demo_fabrication
from kangyu.kernel.errors import DeniedError
from world import care
from world.qinghe import COUNTY, DONGLI, PASSWORD, patient

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 21)


@pytest.fixture
def village(qinghe, settings):
    """Forty-five more residents of Dongli, one of whom has died; the supervisor of their township, and one of the other."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    cache.clear()
    care.stand_on()
    made = [
        patient(f"v{n}", f"村样{n}", f"19{50 + n % 30}-01-0{1 + n % 9}", "female", "clinic-dongli", DONGLI, identity=None)
        for n in range(45)
    ]
    made[0]["deceasedDateTime"] = "2025-09-01"
    write([Draft("update", "Patient", one["id"], one) for one in made], by=SYSTEM)

    def supervisor(name, area):
        return accounts.open_account(
            username=name, password=PASSWORD, display_name=name, role="township_supervisor", area=area, by=SYSTEM, synthetic=True
        )

    return supervisor("east", DONGLI[:9]), supervisor("west", f"{COUNTY}102")


def copied(on="2025-10-28"):
    return [one for n in range(1, 45) for one in care.follow_up(f"c{n}", f"v{n}", on, 128, 78)]


def test_copies_crowded_days_and_visits_after_death_are_shown_with_their_records(village):
    care.store(*copied(), *care.follow_up("late", "v0", "2025-10-02", 132, 80))
    east, west = (viewer_of(one) for one in village)
    (found,) = doubtful.doubts(east, TODAY)
    assert (found.org, found.name) == ("clinic-dongli", "东里村卫生室")
    assert {sign.kind for sign in found.signs} == {"clones", "density", "after_death"} and len(found.responses) == 45
    assert [one.name for one in doubtful.behind(east, ["late"])] == ["村样0"]
    assert doubtful.doubts(west, TODAY) == [] and doubtful.behind(west, ["late"]) == []


def test_the_pages_say_what_how_unlikely_and_where(village, qinghe):
    rounded = [
        one
        for n in range(1, 45)
        for one in care.follow_up(f"r{n}", f"v{n}", str(TODAY - timedelta(days=n)), 120 + 5 * (n % 7), 70 + 5 * (n % 5))
    ]
    care.store(*rounded)
    east = Client()
    east.force_login(village[0], backend="django.contrib.auth.backends.ModelBackend")
    page = east.get(reverse("doubtful")).content.decode()
    assert "东里村卫生室" in page and "血压末位数偏向 0 和 5" in page and "占 100%" in page and "不到百万分之一" in page
    detail = east.get(reverse("doubtful_one", args=["clinic-dongli"])).content.decode()
    assert "村样7" in detail and "村样40" in detail and "村样44" not in detail and "/versions/r7/" in detail
    assert east.get(reverse("doubtful_one", args=["clinic-xili"])).status_code == 400
    shen = Client()
    shen.force_login(qinghe.shen, backend="django.contrib.auth.backends.ModelBackend")
    assert shen.get(reverse("doubtful")).status_code == 403
    with pytest.raises(DeniedError):
        doubtful.doubts(viewer_of(qinghe.shen), TODAY)


def test_honest_visits_raise_nothing(village):
    visits = [(n, 111 + n * 7 % 61, 61 + n * 11 % 37) for n in range(1, 45)]
    care.store(*[one for n, high, low in visits for one in care.follow_up(f"h{n}", f"v{n}", str(TODAY - timedelta(days=2 * n)), high, low)])
    assert doubtful.doubts(viewer_of(village[0]), TODAY) == []


def test_the_demo_county_gets_copies_and_a_visit_after_death(village):
    care.store(*[care.episode(f"e{n}", f"v{n}") for n in range(45)])
    care.store(*care.follow_up("one", "v1", "2025-06-01", 141, 87))
    assert demo_fabrication.township() == DONGLI[:9]
    assert demo_fabrication.seed() == 45
    (found,) = doubtful.doubts(viewer_of(village[0]), TODAY)
    assert {sign.kind for sign in found.signs} == {"clones", "density", "after_death"}
