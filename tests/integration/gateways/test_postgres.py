"""The private PostgreSQL: starts as an ordinary user and as root, stops with its parent, keeps what was committed."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from kangyu.gateways.postgres import binaries
from kangyu.gateways.postgres.server import PrivateServer
from kangyu.kernel.errors import GatewayError

OWNER = """
import sys, time
from pathlib import Path
from kangyu.gateways.postgres.server import PrivateServer
server = PrivateServer(Path(sys.argv[1]))
print(server.start(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def data(tmp_path):
    """A data folder; what the server keeps outside it (a closed folder under root) is removed as well."""
    yield tmp_path / "data"
    PrivateServer(tmp_path / "data").forget()


def answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_server_keeps_data_over_a_restart_and_listens_with_a_password(data):
    server = PrivateServer(data)
    address = server.start()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)")
    assert "127.0.0.1" in address
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address.replace(server._password(), "guess"), connect_timeout=2)
    assert stat.S_IMODE((data / "postgres.password").stat().st_mode) == 0o600
    server.stop()
    assert not answers(address)
    again = server.start()
    assert psycopg.connect(again).execute("SELECT x FROM kept").fetchone() == (7,)
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_killed_parent_takes_the_server_down_and_nothing_committed_is_lost(data):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(data)], stdout=subprocess.PIPE, text=True)
    address = owner.stdout.readline().strip()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)")
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    server = PrivateServer(data)  # at once: it lets the former one finish
    assert psycopg.connect(server.start()).execute("SELECT x FROM kept").fetchone() == (7,)
    assert not answers(address)
    server.stop()


def test_no_binaries_is_said_in_words(monkeypatch):
    monkeypatch.setattr(binaries, "of_machine", lambda: None)
    monkeypatch.setattr(binaries, "of_wheel", lambda: None)
    with pytest.raises(GatewayError, match="没有找到 PostgreSQL 15"):
        binaries.find()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user cannot enter")
def test_root_keeps_its_closed_folder_closed(data, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = PrivateServer(closed / "data")
    address = server.start()
    try:
        assert answers(address) and closed not in server.cluster.parents
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        owner = Path(f"/proc/{server.process.pid}").stat().st_uid
        assert owner != 0
    finally:
        server.stop()
        server.forget()
    assert not server.cluster.exists()
