"""The life of `kangyu serve`: what it prints, how it ends, what it keeps, what it says when it cannot start."""

import re
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from world.served import Client, Served, copied, folder, names, removed, run, survivors, token_of

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(
        sys.platform != "linux", reason="processes are watched through /proc, and only Linux ends children with their parent"
    ),
]
ANSWERS = {
    "visit_kind": "home", "systolic": "166", "diastolic": "97", "symptoms": "", "medication_adherence": "irregular",
    "medicines": "氨氯地平，每日 1 次，5 mg", "adverse_reaction": "no", "new_complication": "no",
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(first_start):
    """The county of ``first_start`` for the tests of this file to change."""
    data = copied(first_start.data)
    yield data
    removed(data)


@pytest.fixture
def serve(kept):
    """Starts the county again; ended after the test, however it went."""
    started = []

    def start() -> Served:
        started.append(Served(kept))
        print(f"\nready after {started[-1].ready(150):.1f} s, {started[-1].work():.1f} s of work")
        return started[-1]

    yield start
    for one in started:
        family = one.family()
        one.end(signal.SIGKILL)
        survivors(family, 20)


def test_first_start_prints_one_readiness_line_then_an_account_for_each_role(first_start):
    ready = [number for number, line in enumerate(first_start.lines) if re.fullmatch(r"Kangyu is ready at http://127\.0\.0\.1:\d+", line)]
    assert len(ready) == 1
    assert first_start.lines[ready[0]].endswith(f":{first_start.port}")
    after = "\n".join(first_start.lines[ready[0] :])
    assert set(first_start.accounts()) >= {"planner", "doctor", "admin", "epi", "desk", "vaccinator", "phc"}
    assert all(title in after for title in ("卫生健康局规划员", "家庭医生", "系统管理员"))
    progress = [line for line in first_start.lines[: ready[0]] if re.match(r"\s+\[\d+/\d+\] ", line)]
    assert len(progress) >= 5, "every step of the set-up is named while it runs"


def test_interrupt_ends_everything_in_good_order(first_start):
    assert first_start.code == 0 and first_start.survivors == set()
    assert first_start.lines[-1] == "已停止。"


def test_second_start_is_quick_keeps_the_records_and_a_signal_ends_everything(serve, first_start, kept):
    again = serve()
    assert not any("[1/" in line for line in again.lines), "nothing is generated again"
    assert again.work() < 25, "seconds of processor time until ready"
    assert again.accounts() == first_start.accounts()
    home = Client(again.address).sign_in("doctor", again.accounts()["doctor"])
    assert re.search(r"<b>\d+ 人要看</b>", home) and "/visit/" in home
    refuses_others(again, kept)
    family = again.family()
    for program in ("postgres", "granian", "kangyu.jobs"):
        assert program in names(family), f"{program} runs"
    assert again.end(signal.SIGTERM) == 0
    assert survivors(family, 0) == set(), "nothing that it started outlives it"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", again.port)) != 0
    assert "Traceback" not in again.output


def refuses_others(running: Served, data: Path) -> None:
    """A second `serve` and a `forget` on data in use are told so, and who uses it; the first one is not disturbed."""
    for words in (["serve", "--port", "0"], ["forget"]):
        refused = run(*words, "--data", str(data))
        assert refused.returncode == 1
        assert f"正被另一个康域使用（进程 {running.process.pid}）" in refused.stderr and "请先停掉它" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert Client(running.address).get("/health/")[2] == "kangyu"


def test_kill_leaves_no_process_and_the_next_start_has_the_acknowledged_visit(serve):
    before = serve()
    doctor = Client(before.address)
    home = doctor.sign_in("doctor", before.accounts()["doctor"])
    form = re.search(r'href="(/visit/(\d+)/hypertension/)"', home)
    assert form, "somebody with hypertension is due"
    _, _, page = doctor.get(form[1])
    status, address, said = doctor.post(form[1], token_of(page), key="before-the-kill", **ANSWERS)
    family = before.family()
    assert before.end(signal.SIGKILL) == -signal.SIGKILL
    assert status == 200 and "/done/" in address and "已保存" in said
    assert survivors(family, 15) == set()

    after = serve()
    doctor = Client(after.address)
    doctor.sign_in("doctor", after.accounts()["doctor"])
    assert "166/97" in doctor.get(f"/people/{form[2]}/")[2]
    assert doctor.get(urlpath(address))[0] == 200, "the page after saving can still be opened"
    assert after.end() == 0


def urlpath(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_taken_port_is_refused_in_words_before_anything_is_made():
    data = folder()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--empty", "--port", str(port), "--data", str(data))
    assert refused.returncode == 1 and f"端口 {port} 已被别的程序占用" in refused.stderr and "PORT=" in refused.stderr
    assert not data.exists()
    shutil.rmtree(data.parent)


def test_empty_county_starts_without_accounts_and_forget_removes_it():
    data = folder()
    served = Served(data, "--empty")
    try:
        served.ready(120)
        assert served.accounts() == {} and "[1/" not in served.output
        assert "登录康域" in Client(served.address).get("/")[2]
        assert served.end() == 0
        gone = run("forget", "--data", str(data))
        assert gone.returncode == 0 and "已清空" in gone.stdout
        assert not data.exists()
    finally:
        served.end(signal.SIGKILL)
        removed(data)
