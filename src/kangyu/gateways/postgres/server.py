"""A private PostgreSQL server: created, started with its parent and stopped with it, as an unprivileged user even for root.

It listens on loopback only, with a password kept beside the data. A killed parent takes the server down cleanly (parent-death signal);
whatever was committed is recovered at the next start.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from kangyu.gateways.postgres import binaries
from kangyu.kernel.child_process import die_with_parent
from kangyu.kernel.errors import GatewayError

SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "48MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "100",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "Asia/Shanghai",
}
ROOT_HOME = Path("/var/lib/kangyu")
LAST_CHECKPOINT = 60
"""Seconds that a server which is going down is waited for."""


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise GatewayError("以 root 运行时需要系统里有 postgres 或 nobody 用户，PostgreSQL 不允许以 root 身份运行。")


def _reachable(path: Path) -> bool:
    """Whether a stranger may pass through every folder above ``path``."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serves(file: Path, cluster: Path) -> bool:
    """Whether the process that a ``postmaster.pid`` names is alive and a server over ``cluster``, not another one with its number."""
    try:
        command = Path(f"/proc/{file.read_text().split()[0]}/cmdline").read_bytes()
    except (OSError, IndexError):
        return False
    return str(cluster).encode() in command.split(b"\0")


@dataclass
class PrivateServer:
    """One private server over one data folder. ``start`` returns its connection address; ``stop`` waits until it is down."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def cluster(self) -> Path:
        """Where the cluster lives: in the data folder, or under /var/lib when root's data folder is closed to the server's user."""
        home = self.data.resolve()
        if _unprivileged() and not _reachable(home / "postgres"):
            return ROOT_HOME / hashlib.sha256(str(home).encode()).hexdigest()[:16] / "postgres"
        return home / "postgres"

    def start(self) -> str:
        """Start the server (creating the cluster the first time) and return a ``postgresql://`` address."""
        programs = self._programs()
        password = self._password()
        if not (self.cluster / "PG_VERSION").exists():
            self._create(programs, password)
        self._wait_for_former()
        port = free_port()
        options = {**SETTINGS, **self.settings, "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        arguments = [str(programs / "postgres"), "-D", str(self.cluster)]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        log = (self.data / "postgres.log").open("ab")
        self.process = subprocess.Popen(arguments, stdout=log, stderr=log, preexec_fn=self._become, start_new_session=True)
        address = f"postgresql://kangyu:{password}@127.0.0.1:{port}/postgres"
        self._wait(address)
        return address

    def stop(self) -> None:
        """Fast shutdown; waits until the server has written everything and ended."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)

    def forget(self) -> None:
        """Remove the cluster for good."""
        shutil.rmtree(self.cluster, ignore_errors=True)
        if ROOT_HOME in self.cluster.parents:
            shutil.rmtree(self.cluster.parent, ignore_errors=True)

    def _programs(self) -> Path:
        folder = binaries.find()
        if _unprivileged() and not _reachable(folder / "postgres"):
            home = folder.parent
            copy = ROOT_HOME / f"programs-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
            if not copy.exists():
                shutil.copytree(home, copy, symlinks=True)
            return copy / folder.name
        return folder

    def _password(self) -> str:
        file = self.data / "postgres.password"
        self.data.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(24))
        return file.read_text()

    def _create(self, programs: Path, password: str) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)
        self.cluster.mkdir(parents=True, mode=0o700)
        user = _unprivileged()
        if user:
            os.chown(self.cluster, user.pw_uid, user.pw_gid)
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write(password)
            secret.flush()
            if user:
                os.chown(secret.name, user.pw_uid, user.pw_gid)
            command = [programs / "initdb", "-D", self.cluster, "-U", "kangyu", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256"]
            command += [f"--pwfile={secret.name}", "--no-instructions"]
            made = subprocess.run(command, capture_output=True, text=True, preexec_fn=self._become)
        if made.returncode:
            shutil.rmtree(self.cluster, ignore_errors=True)
            raise GatewayError(f"PostgreSQL 数据目录 {self.cluster} 建立失败：{made.stderr.strip()[-400:]}")

    @staticmethod
    def _become() -> None:
        user = _unprivileged()
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        os.chdir("/")
        die_with_parent(signal.SIGINT)

    def _wait_for_former(self) -> None:
        """Let a server of a killed parent write its last checkpoint and go: two at once on one cluster cannot be."""
        file = self.cluster / "postmaster.pid"
        until = time.monotonic() + LAST_CHECKPOINT
        while time.monotonic() < until and file.exists() and _serves(file, self.cluster):
            time.sleep(0.05)

    def _wait(self, address: str) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                psycopg.connect(address, connect_timeout=3).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        self.stop()
        raise GatewayError(f"PostgreSQL 没有启动起来，原因见 {self.data / 'postgres.log'}")
