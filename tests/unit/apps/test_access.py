"""How far a viewer reaches: links are offered only where something may be behind them."""

from kangyu.apps.governance.access import Viewer

DOCTOR = Viewer(username="shen", area="370899101201", org="clinic-dongli", within="institution")
PLANNER = Viewer(username="planner", area="370899", within="county")


def test_doctor_reaches_the_own_clinic_and_the_areas_around_it():
    assert DOCTOR.reaches_institution("clinic-dongli") and not DOCTOR.reaches_institution("clinic-xili")
    assert DOCTOR.reaches_area("370899101") and DOCTOR.reaches_area("370899101201")
    assert not DOCTOR.reaches_area("370899102")


def test_planner_reaches_the_county_and_nobody_reaches_without_a_circle():
    assert PLANNER.reaches_area("370899102") and PLANNER.reaches_institution("clinic-xili")
    assert not Viewer(username="x", area="370899").reaches_area("370899")
