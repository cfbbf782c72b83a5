"""The bytes depend on residents, seed, plan and as-of date alone."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from kangyu.engines.twin import TwinParameters, generate
from kangyu.engines.twin.county import village_documents
from kangyu.engines.twin.plan import make
from kangyu.kernel.errors import ProblemsError


def digest(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_parameters_give_the_same_bytes(hamlet: Path, tmp_path: Path) -> None:
    generate(TwinParameters(residents=600, seed=3), tmp_path)
    assert digest(tmp_path) == digest(hamlet)


def test_the_number_of_processes_does_not_show(hamlet: Path, tmp_path: Path) -> None:
    generate(TwinParameters(residents=600, seed=3), tmp_path, processes=2)
    assert digest(tmp_path) == digest(hamlet)


def test_a_village_written_alone_is_the_village_written_in_turn(hamlet: Path) -> None:
    plan = make(TwinParameters(residents=600, seed=3))
    for kind, lines in village_documents(plan, 5).items():
        assert lines in (hamlet / f"{kind}.ndjson").read_text()


def test_another_seed_gives_another_county(hamlet: Path, tmp_path: Path) -> None:
    generate(TwinParameters(residents=600, seed=4, as_of=date(2020, 12, 31)), tmp_path)
    other = digest(tmp_path)
    assert all(other[name] != found for name, found in digest(hamlet).items() if name in other)


def test_a_second_run_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "Goal.ndjson").write_text("{}\n")
    manifest = generate(TwinParameters(residents=500, as_of=date(2020, 12, 31)), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*manifest.files, "manifest.json"])


@pytest.mark.parametrize("wrong", [{"residents": 10}, {"residents": 1000, "seed": -1}, {"residents": 1000, "as_of": date(2019, 5, 1)}])
def test_impossible_parameters_are_refused_in_words(wrong: dict) -> None:
    with pytest.raises(ProblemsError, match="参数"):
        TwinParameters(**wrong)
