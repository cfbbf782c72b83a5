"""A signal that names what is not there is told so at the word; one that holds together says how its methods run."""

import shutil
from pathlib import Path

import pytest

from declarations import FOLDER, shipped
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content
from kangyu.engines.detection import Method
from kangyu.engines.detection.declared import days_of, hours_of, method_of

ILI, HANDS = "signals/ili_share.yaml", "signals/hand_foot_mouth.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("signals", "procedures", "roles", "terminology", "views", "forms"):
        if (FOLDER / part).is_dir():
            shutil.copytree(FOLDER / part, tmp_path / part)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (ILI, "temperature >= 38", "temprature >= 38", "temperature"),
        (ILI, "'cough', 'sore_throat'", "'coughing', 'sore_throat'", "coughing"),
        (ILI, "kind in 'outpatient_or_emergency'}", "kind in 'outpatients'}", "outpatients"),
        (ILI, "larger: cases_7 >= 30", "larger: case_7 >= 30", "cases_7"),
        (ILI, "opens: health_signal", "opens: health_signals", "health_signal"),
        (ILI, "tell: epidemiologist", "tell: epidemologist", "epidemiologist"),
        (HANDS, "table: conditions", "table: condition", "conditions"),
        (HANDS, "over: 75, ", "", "要写 over"),
        (HANDS, "by: [township, county]", "by: [institution, county]", "by 要在信号的 by"),
        (HANDS, "larger: cases_7 >= 10 or", "huge: cases_7 >= 10 or", "grades 里没有 huge"),
    ],
)
def test_a_slip_in_a_signal_is_named_where_it_stands(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [problem for problem in check_content(load(folder)) if problem.place.split(":")[0].endswith(file)]
    assert found and any(said in problem.message + problem.remedy for problem in found), found


def test_the_shipped_signals_hold_together() -> None:
    assert set(shipped().signals) >= {"ili_share", "hand_foot_mouth", "cholera"}
    assert [problem for problem in check_content(shipped()) if "signals/" in problem.place or "health_signal" in problem.place] == []


def test_methods_run_as_declared() -> None:
    village, moving = (method_of(detector) for detector in shipped().signals["hand_foot_mouth"].detect)
    assert village == Method("fixed", 2, days=7, of_cases=True)
    assert moving == Method("moving_percentile", 75, years=3, around=2, at_least=3)
    assert method_of(shipped().signals["ili_share"].detect[1]).weekly


def test_spans_in_days_and_hours() -> None:
    assert (days_of("2 weeks"), days_of("10 days"), hours_of("2 hours"), hours_of("30 minutes"), hours_of("1 day")) == (14, 10, 2, 0.5, 24)
