"""Two small synthetic counties, generated once: one for its figures, one tiny one for everything that is read in full."""

from pathlib import Path

import pytest

from kangyu.engines.twin import TwinParameters, generate
from unit.engines.twin.figures import County


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """Four thousand five hundred residents, six years."""
    folder = tmp_path_factory.mktemp("county")
    generate(TwinParameters(residents=4_500, seed=7), folder)
    return County(folder)


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred residents, six years."""
    folder = tmp_path_factory.mktemp("hamlet")
    generate(TwinParameters(residents=600, seed=3), folder)
    return folder
