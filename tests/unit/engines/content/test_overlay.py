"""A region's overlay: what it may change, who signed it, and that nothing altered or unsigned is ever in force."""

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from declarations import FOLDER
from kangyu.engines.content import load, signing
from kangyu.engines.content.checker import check_content
from kangyu.gateways import content as gateway
from kangyu.kernel.errors import ProblemsError, UserError

AT = datetime.fromisoformat("2026-11-21T09:30:00+08:00")
HEAD = "key: wenshang\nkind: overlay\ntitle: 汶上县地区覆盖\nregion: 汶上县\nvalid: {from: 2026-01-01}\n"
VIEW = "key: conditions\nkind: view\ntitle: 诊断\nsubject: person\nresource: Condition\ncolumns:\n  on: {type: date, path: recordedDate}\n"
SETTINGS = "key: worklist\nkind: settings\ntitle: 待办的提醒\nsource: 汶上县卫生健康局〔2026〕3 号\nvalues:\n"
SETTINGS += "  soon_days: {value: 10, title: 提前几天}\n"
OWN = """\
key: home_visits
kind: indicator
title: 上门随访数
unit: 次
better: higher
words: {denominator: 没有, numerator: 期内上门的高血压随访, missing: 没有记录算 0}
top: count(hypertension_follow_up where visit_kind = 'home' during period)
"""


@pytest.fixture
def region(tmp_path) -> Path:
    return write(tmp_path / "region", **{"overlay": HEAD, "settings/worklist": SETTINGS, "indicators/home_visits": OWN})


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = (root / name).with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def keys():
    return signing.new_key()


def signed(region: Path, keys, by: str = "汶上县卫生健康局 张某") -> None:
    (region / signing.SIGNATURE).write_text(signing.sign(region, keys[0], by=by, at=AT).written(), encoding="utf-8")


def faults(region: Path) -> list[str]:
    return [f"{problem.place} {problem.message}" for problem in check_content(load(FOLDER, overlay=region)) if problem.severity == "error"]


def test_a_local_setting_is_set_from_the_overlays_day_and_the_others_stay(region):
    content = load(FOLDER, overlay=region)
    before, after = content.settings.at("worklist", date(2025, 12, 31)), content.settings.at("worklist", date(2026, 1, 1))
    assert (before.values["soon_days"].value, after.values["soon_days"].value) == (7, 10)
    assert after.values["late_days"] == before.values["late_days"]
    assert after.values["soon_days"].local and after.values["soon_days"].source == "汶上县卫生健康局〔2026〕3 号"


def test_differences_name_what_is_set_and_what_is_added(region):
    found = {(one.what, one.name): (one.before, one.after) for one in load(FOLDER, overlay=region).differences}
    assert found == {("setting", "worklist.soon_days"): ("7", "10"), ("added", "home_visits"): ("", "")}


def test_what_a_region_adds_holds_from_the_overlays_day(region):
    content = load(FOLDER, overlay=region)
    assert faults(region) == []
    assert content.on(date(2025, 6, 1)).indicators.get("home_visits") is None
    assert content.on(date(2026, 6, 1)).indicators["home_visits"].title == "上门随访数"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("settings/worklist", SETTINGS.replace("soon_days", "no_such_days"), "标准里没有参数 no_such_days"),
        ("indicators/home_visits", OWN.replace("home_visits", "infant_mortality"), "不许地区整份替换"),
        ("views/own", VIEW, "数据表不能由地区改"),
        ("indicators/home_visits", OWN.replace("visit_kind", "visit_kindd"), "没有列 visit_kindd"),
        ("indicators/home_visits", OWN + "unit: 次\n", "写了两次"),
    ],
)  # fmt: skip
def test_what_an_overlay_may_not_do_is_said_with_its_line(region, name, text, message):
    write(region, **{name: text})
    found = faults(region)
    assert any(message in fault and fault.startswith(f"本地/{name}.yaml:") for fault in found), found


def test_a_setting_that_is_the_same_everywhere_is_not_a_regions_to_set(tmp_path, region):
    standard = tmp_path / "standard"
    shutil.copytree(FOLDER, standard)
    file = standard / "settings" / "worklist.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("local: true", "local: false"), encoding="utf-8")
    messages = [problem.message for problem in load(standard, overlay=region).problems]
    assert any("全国统一，地区不能改" in message for message in messages)


def test_a_version_is_replaced_only_where_the_standard_allows_it_and_from_a_day(tmp_path, region):
    standard = tmp_path / "standard"
    shutil.copytree(FOLDER, standard)
    file = standard / "indicators" / "infant_mortality.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("kind: indicator\n", "kind: indicator\nlocal: true\n"), encoding="utf-8")
    own = OWN.replace("home_visits", "infant_mortality")
    write(region, **{"indicators/home_visits": own})
    assert any("要写 valid" in problem.message for problem in load(standard, overlay=region).problems)
    write(region, **{"indicators/home_visits": own + "valid: {from: 2026-07-01}\n"})
    content = load(standard, overlay=region)
    assert content.errors == []
    assert content.indicators.at("infant_mortality", date(2026, 6, 30)).title != "上门随访数"
    assert content.indicators.at("infant_mortality", date(2026, 7, 1)).title == "上门随访数"


def test_a_signed_overlay_is_known_by_who_signed_and_when(region, keys):
    signed(region, keys)
    found = signing.verify(region, [keys[1]])
    assert (found.by, found.at) == ("汶上县卫生健康局 张某", "2026-11-21T09:30:00+08:00")


def tamper_edit(region):
    write(region, **{"settings/worklist": SETTINGS.replace("10", "11")})


def tamper_add(region):
    write(region, **{"indicators/more": OWN.replace("home_visits", "more_visits")})


def tamper_remove(region):
    (region / "indicators" / "home_visits.yaml").unlink()


def tamper_rename(region):
    (region / "indicators" / "home_visits.yaml").rename(region / "indicators" / "other.yaml")


def tamper_signer(region):
    file = region / signing.SIGNATURE
    file.write_text(file.read_text(encoding="utf-8").replace("张某", "李某"), encoding="utf-8")


def tamper_time(region):
    file = region / signing.SIGNATURE
    file.write_text(file.read_text(encoding="utf-8").replace("2026-11-21", "2026-11-20"), encoding="utf-8")


def tamper_redigest(region):
    """The digest is brought up to date by hand, the signature is not."""
    file, old = region / signing.SIGNATURE, signing.digest(region)
    tamper_edit(region)
    file.write_text(file.read_text(encoding="utf-8").replace(old, signing.digest(region)), encoding="utf-8")


def tamper_unsigned(region):
    (region / signing.SIGNATURE).unlink()


def tamper_other_key(region):
    signed(region, signing.new_key())


TAMPERS = [
    tamper_edit,
    tamper_add,
    tamper_remove,
    tamper_rename,
    tamper_signer,
    tamper_time,
    tamper_redigest,
    tamper_unsigned,
    tamper_other_key,
]


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_nothing_altered_after_signing_is_taken(region, keys, tamper):
    signed(region, keys)
    tamper(region)
    with pytest.raises(ProblemsError) as error:
        signing.verify(region, [keys[1]])
    assert error.value.problems[0].remedy


def test_a_broken_key_signs_nothing(region):
    with pytest.raises(UserError, match="Ed25519"):
        signing.sign(region, b"no key", by="张某", at=AT)


class TestInForce:
    """The gateway lays a signed overlay over the standard, and keeps to the standard when it is not whole."""

    @pytest.fixture(autouse=True)
    def pointed(self, region, keys, tmp_path, monkeypatch):
        trusted = tmp_path / "keys"
        trusted.mkdir()
        (trusted / "county.pem").write_bytes(keys[1])
        monkeypatch.setenv("KANGYU_OVERLAY", str(region))
        monkeypatch.setenv("KANGYU_OVERLAY_KEYS", str(trusted))
        monkeypatch.setattr(gateway, "RECHECK_SECONDS", 0.0)
        monkeypatch.setattr(gateway, "_held", {})

    def test_signed_it_is_in_force_altered_it_is_not_and_mended_it_is_again(self, region, keys):
        signed(region, keys)
        held = gateway.held(FOLDER)
        assert held.content.indicators["home_visits"] and held.signature.by.startswith("汶上县") and held.overlay_refused == ()
        tamper_edit(region)
        altered = gateway.held(FOLDER)
        assert altered.content is altered.standard and "home_visits" not in altered.content.indicators
        assert "文件与签名时不同" in altered.overlay_refused[0].message
        signed(region, keys)
        assert gateway.held(FOLDER).content.settings["worklist"].values["soon_days"].value == 11

    def test_unsigned_it_never_holds(self, region):
        held = gateway.held(FOLDER)
        assert held.content is held.standard and held.overlay_refused[0].message == "没有签名"

    def test_signed_but_wrong_it_is_refused_with_its_line(self, region, keys):
        write(region, **{"indicators/home_visits": OWN.replace("visit_kind", "visit_kindd")})
        signed(region, keys)
        held = gateway.held(FOLDER)
        assert "home_visits" not in held.content.indicators
        assert held.overlay_refused[0].place.startswith("本地/indicators/home_visits.yaml:")


def test_a_broken_change_is_refused_as_a_whole_and_the_old_stays(tmp_path, monkeypatch):
    root = tmp_path / "content"
    shutil.copytree(FOLDER, root)
    monkeypatch.setattr(gateway, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(gateway, "_held", {})
    first = gateway.current(root)
    write(
        root,
        **{"indicators/home_visits": OWN, "indicators/broken": OWN.replace("home_visits", "broken").replace("visit_kind", "visit_kindd")},
    )
    assert gateway.current(root) is first, "the sound file waits for the broken one"
    assert [problem.place for problem in gateway.refused(root)] == ["indicators/broken.yaml:7"]
    (root / "indicators" / "broken.yaml").unlink()
    assert gateway.current(root).indicators["home_visits"].title == "上门随访数"
    assert gateway.refused(root) == ()
