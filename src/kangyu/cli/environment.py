"""Makes a data folder ready to work on: locks it, starts its database when it has none of its own, and sets Django up."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kangyu.gateways.postgres.server import PrivateServer
from kangyu.kernel.errors import UserError


def point_at(data: Path, database: str | None = None) -> None:
    """Set the environment that settings read."""
    os.environ["KANGYU_DATA"] = str(data.resolve())
    if database:
        os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kangyu.project.settings")


@contextlib.contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; a second one is told so."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise UserError(
                f"数据文件夹 {data} 正被另一个康域使用（{file.read().strip()}）。请先停掉它，或用 DATA= 指定别的文件夹。"
            ) from error
        file.truncate(0)
        file.write(f"进程 {os.getpid()}")
        file.flush()
        yield


@contextlib.contextmanager
def database(data: Path) -> Iterator[str]:
    """The address of the database: ``DATABASE_URL``, a server already running on this data, or one started for as long as this lasts."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    running = data / "database.address"
    if running.exists() and (address := running.read_text()) and _answers(address):
        yield address
        return
    server = PrivateServer(data)
    address = server.start()
    descriptor = os.open(running, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(address)
    try:
        yield address
    finally:
        running.unlink(missing_ok=True)
        server.stop()


def _answers(address: str) -> bool:
    import psycopg

    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


@contextlib.contextmanager
def django_on(data: Path) -> Iterator[None]:
    """Everything a command needs to use the apps: the database up, the schema current, Django set up."""
    with database(data) as address:
        point_at(data, address)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        yield
        from django.db import connections

        connections.close_all()
