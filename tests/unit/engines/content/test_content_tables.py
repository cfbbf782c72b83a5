"""Every declared table as a view: made in one place for whoever reads it."""

import pytest

from declarations import shipped
from kangyu.engines.content.tables import Tables
from kangyu.engines.content.vocabulary import form_tables


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables(shipped())


def test_tables_of_views_and_of_forms_are_made_once(tables):
    for name in ("blood_pressure", "hypertension_follow_up"):
        assert tables.view(name).key == name and tables.view(name) is tables.view(name)
    assert tables.of_form("hypertension_follow_up") and not tables.of_form("blood_pressure")


def test_every_table_of_the_content_can_be_made(tables):
    for name in (*tables.content.views, *form_tables(tables.content)):
        view = tables.view(name)
        assert {"id", "on"} <= view.columns.keys() and "SELECT" in view.sql()


def test_only_the_columns_asked_for_and_derived_values_among_them(tables):
    whole, few = tables.view("hypertension_follow_up"), tables.view("hypertension_follow_up", {"systolic", "outcome", "nothing"})
    assert {"systolic", "diastolic", "outcome", "goal_systolic"} <= whole.columns.keys()
    assert set(few.columns) == {"id", "on", "org", "systolic", "outcome"}


def test_a_table_that_is_not_declared_is_refused(tables):
    with pytest.raises(KeyError):
        tables.view("weather")
