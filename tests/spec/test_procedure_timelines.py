"""The timelines of the shipped procedures would notice a changed rule: every seeded mistake makes one of them fail."""

import shutil

import pytest

from declarations import FOLDER
from kangyu.engines.cases.examples import run_examples
from kangyu.engines.content import load

FILE = "procedures/referral/procedure.yaml"
MISTAKES = [
    ("limit: 4 working hours", "limit: 4 hours"),
    ("limit: 4 working hours", "limit: 5 working hours"),
    ("warn: 1 hour\n", "warn: 3 hours\n"),
    ("{after: 20 hours, to: expired}", "{after: 21 hours, to: expired}"),
    ("until: [accepted, refused, draft, withdrawn, expired]\n    limit: 4", "until: [accepted, refused, withdrawn, expired]\n    limit: 4"),
    ("'urgent' then 0.5 end", "'urgent' then 1 end"),
    ("limit: 24 hours, late", "limit: 48 hours, late"),
    ("limit: 7 days", "limit: 9 days"),
    ("limit: 2 weeks", "limit: 3 weeks"),
    ("by: referral_desk at taker\n    form: acceptance", "by: referral_desk at giver\n    form: acceptance"),
    ("is: target,", "is: opener,"),
    ("and not exists(parts where part = 'onward' and not ended)", "or state = 'passed_on'"),
    ("needs: target is not null and why is not null and consent in ('agreed', 'family', 'emergency')", "needs: target is not null"),
    ("form: addition, aside: true", "form: addition"),
    ("when: acceptance.keeps_bed}", "when: not acceptance.keeps_bed}"),
    ("to: closed, by: family_doctor at follow or", "to: closed, by: doctor at taker or"),
    ("when: state = 'expired'", "when: state = 'withdrawn'"),
    ("to: draft, by: referral_desk at taker, needs: reason", "to: draft, by: referral_desk at taker"),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("content")
    for part in ("procedures", "terminology", "roles", "calendar"):
        shutil.copytree(FOLDER / part, root / part)
    return root


@pytest.mark.parametrize(("right", "wrong"), MISTAKES)
def test_a_changed_rule_breaks_a_timeline(copy, right, wrong):
    path = copy / FILE
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    try:
        run = run_examples(load(copy), {"referral"})
        assert run.failed
    finally:
        path.write_text(text, encoding="utf-8")


def test_unchanged_they_all_come_out(copy):
    assert not run_examples(load(copy), {"referral"}).failed
