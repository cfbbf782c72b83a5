"""A township, a village and an institution on a page."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from kangyu.apps.indicators.models import Figure, MeasureRun
from kangyu.apps.planning.models import PlanDocument, Target
from world.qinghe import COUNTY, DONGLI

pytestmark = pytest.mark.django_db
KEY = "hypertension_diabetes_management"


@pytest.fixture
def measured(qinghe):
    """Dongli has reached 70 %, Xili has not; the people of each belong to one clinic."""
    return run_with(xili=30)


@pytest.fixture
def few_in_xili(qinghe):
    """In Xili so few are managed that the planner may not see how many."""
    return run_with(xili=7)


def run_with(xili):
    document = PlanDocument.objects.create(area=COUNTY, digest="x", filename="x", title="清河县规划", state="official")
    Target.objects.create(
        document=document, area=COUNTY, ordinal=1, seq="1", name="规范管理率", unit="%", baseline_year=2020, baseline_raw="61", baseline=61,
        target_year=2025, target_raw="70", target=70, comparator="at_least", nature="binding", category="慢病管理", indicator=KEY,
    )  # fmt: skip
    run = MeasureRun.objects.create(
        name="t", state="published", as_of=date(2025, 11, 21), computed_at=datetime(2025, 11, 20, tzinfo=UTC), people=260
    )
    figure = {"run": run, "indicator": KEY, "period": "now"}
    Figure.objects.create(level="county", area=COUNTY, top=150 + xili, bottom=260, **figure)
    for area, clinic, top, bottom in (("370899101", "clinic-dongli", 150, 200), ("370899102", "clinic-xili", xili, 60)):
        Figure.objects.create(level="township", area=area, top=top, bottom=bottom, **figure)
        Figure.objects.create(level="base", area=f"{area}201", org=clinic, top=top, bottom=bottom, **figure)
    return run


def page(client, name, place):
    answer = client.get(reverse(name, args=[place]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("name", "place"), [("place", "370899101"), ("place", DONGLI), ("institution", "clinic-dongli")])
def test_place_shows_its_value_beside_the_county_s_and_the_goal(qinghe, signed_in, measured, name, place):
    shown = page(signed_in(qinghe.planner), name, place)
    for words in ("75.00", "69.23", "达到", reverse("indicator", args=[KEY])):
        assert words in shown, words
    rank = "1／1" if place == DONGLI else "1／"
    assert rank in shown


def test_township_lists_its_villages_and_institutions(qinghe, signed_in, measured):
    shown = page(signed_in(qinghe.planner), "place", "370899101")
    assert reverse("place", args=[DONGLI]) in shown and reverse("institution", args=["clinic-dongli"]) in shown
    assert "西里" not in shown


PLACES = [("place", "370899102"), ("institution", "clinic-xili"), ("place", "370899102201")]
NEIGHBOURS = [("place", "370899101"), ("institution", "clinic-dongli"), ("place", DONGLI)]


@pytest.mark.parametrize(("name", "place"), PLACES + NEIGHBOURS)
def test_small_counts_of_a_place_and_what_gives_them_away_are_withheld_from_a_planner(qinghe, signed_in, few_in_xili, name, place):
    shown = page(signed_in(qinghe.planner), name, place)
    assert "隐去" in shown
    for words in ("11.67", "7 ／ 60", "75.00", "150 ／ 200"):
        assert words.replace(" ", "\u00a0") not in shown and words not in shown


def test_those_who_may_see_people_see_small_counts_of_their_place(qinghe, signed_in, few_in_xili):
    qinghe.shen.area = COUNTY
    qinghe.shen.save()
    assert "11.67" in page(signed_in(qinghe.shen), "place", "370899102")


def test_place_without_figures_says_where_they_are(qinghe, signed_in):
    assert "还没有算过" in page(signed_in(qinghe.planner), "place", DONGLI)


@pytest.mark.parametrize(
    ("name", "place"), [("place", "370899102"), ("institution", "clinic-xili"), ("place", "999999999"), ("place", COUNTY)]
)
def test_place_outside_one_s_area_is_not_there(qinghe, signed_in, measured, name, place):
    assert signed_in(qinghe.shen).get(reverse(name, args=[place])).status_code == 404
