"""One private PostgreSQL for the whole run, started before Django is set up and stopped after the last test."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

COUNTY = ("tests/browser/county/", "tests/integration/cli/test_serve.py")
"""What starts the demo county."""
DATA = Path(tempfile.mkdtemp(prefix="kangyu-tests-"))
DATA.chmod(0o755)
(DATA / "static").mkdir()
_server = None


def pytest_configure(config):
    global _server
    from kangyu.cli.environment import point_at
    from kangyu.gateways.postgres.server import PrivateServer

    os.environ.pop("KANGYU_CONTENT", None)
    if hasattr(config, "workerinput"):
        data = DATA
        address = config.workerinput["database"]
    else:
        data = DATA
        address = os.environ.get("KANGYU_TEST_DATABASE")
        if not address:
            _server = PrivateServer(DATA, {"fsync": "off", "shared_buffers": "128MB"})
            address = _server.start()
        config.kangyu_database = address
    point_at(data, address)
    os.environ["KANGYU_POOL"] = "0"
    import django

    django.setup()
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from world import tables

    tables.flushed_by_deleting()


def pytest_configure_node(node):
    """A worker gets the database's address and nothing else of ours: Django must not be set up there before it has a data folder."""
    node.workerinput["database"] = node.config.kangyu_database
    for name in ("KANGYU_DATA", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)


def pytest_xdist_make_scheduler(config, log):
    """Each file is one process's work; what starts the demo county is one's together, so that it is built once.

    Files are taken in the order of their folders: what takes long (browser, integration) first, unit tests fill the end.
    """
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return COUNTY[0] if file.startswith(COUNTY) else file

    return ByFile(config, log)


def pytest_unconfigure(config):
    if _server:
        from django.db import connections

        connections.close_all()
        _server.stop()
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def seeds():
    """The published plans, where the checkout has them beside it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def first_start():
    """The demo county, started for the first time and interrupted as by Ctrl-C: what it printed, how it ended, who outlived it.

    Nobody starts it again but by a copy of its folder.
    """
    from world.served import RESIDENTS, Served, folder, removed, survivors

    served = Served(folder(), "--residents", str(RESIDENTS))
    try:
        served.ready()
        family = served.family()
        served.code = served.end(signal.SIGINT)
        served.survivors = survivors(family, 0)
        yield served
    finally:
        served.end(signal.SIGKILL)
        removed(served.data)


@pytest.fixture
def empty_record(transactional_db):
    """For tests that commit: the record's own tables emptied, which Django does not know of."""
    from world import tables

    tables.empty(tables.RECORD, restart=True)
    yield
    tables.empty(tables.RECORD, restart=True)


@pytest.fixture
def qinghe(db):
    """The small county most tests live in."""
    from world import qinghe

    return qinghe.build()
