"""The worked examples of every programme and register, as tests; and proof that they would notice a changed rule."""

import shutil

import pytest

from declarations import FOLDER, shipped
from kangyu.engines.cases import prepare
from kangyu.engines.cases.examples import run_examples, subject_of
from kangyu.engines.content import load
from kangyu.engines.forms import check_answers
from kangyu.engines.forms import prepare as prepare_form
from kangyu.engines.language.oracle import evaluate_all
from kangyu.engines.registers import prepare as prepare_register
from kangyu.engines.registers.examples import thing_of

RUN = run_examples(shipped())


@pytest.mark.parametrize("outcome", RUN.outcomes, ids=[f"{outcome.programme}-{outcome.title}" for outcome in RUN.outcomes])
def test_example_comes_out_as_written(outcome):
    assert outcome.differences == ()


def test_examples_reach_every_branch():
    assert RUN.untouched == {}


OF_PROGRAMMES = [group for group in shipped().examples if group.of in shipped().programmes]


@pytest.mark.parametrize("group", OF_PROGRAMMES, ids=[group.of for group in OF_PROGRAMMES])
def test_examples_agree_with_the_slow_evaluator(group):
    prepared = prepare(shipped(), shipped().programmes[group.of])
    visit = {name: prepared.typed[name] for name in prepared.visit.names}
    person = {name: prepared.typed[name] for name in prepared.person.names}
    for example in group.examples:
        name = example.form or group.form
        asked = prepare_form(shipped(), shipped().form_of(group.of, name) if name else prepared.form)
        subject = subject_of(example, asked.form.name)
        assert prepared.person(subject) == evaluate_all(person, subject), example.title
        if example.answers is not None:
            checked = check_answers(asked, example.answers, subject=subject)
            answered = type(subject)(subject.fields, subject.tables, subject.today, form=checked.cleaned, previous=subject.previous)
            assert prepared.visit(answered) == evaluate_all(visit, answered), example.title


OF_REGISTERS = [group for group in shipped().examples if group.of in shipped().registers]


def test_every_register_has_examples():
    assert {group.of for group in OF_REGISTERS} == set(shipped().registers)


@pytest.mark.parametrize("group", OF_REGISTERS, ids=[group.of for group in OF_REGISTERS])
def test_examples_of_things_agree_with_the_slow_evaluator(group):
    prepared = prepare_register(shipped(), shipped().registers[group.of])
    of_thing = {name: prepared.typed[name] for name in prepared.thing.names}
    for example in group.examples:
        subject = thing_of(prepared, example)
        assert prepared.thing(subject) == evaluate_all(of_thing, subject), example.title
        if example.answers is not None and prepared.rules.form is not None:
            checked = check_answers(prepare_form(shipped(), prepared.rules.form), example.answers, subject=subject)
            answered = type(subject)(subject.fields, subject.tables, subject.today, form=checked.cleaned)
            assert prepared.rules.visit(answered) == evaluate_all(dict(prepared.rules.typed), answered), example.title


WORSE, REACTION = "complication: new_complication", "reaction: adverse_reaction"
WATER = "registers/water_point/register.yaml"
RULE = "programmes/hypertension/programme.yaml"
EMERGENCY = "systolic >= emergency_systolic or diastolic >= emergency_diastolic or symptoms"
MISTAKES = [
    (RULE, "age() >= 35 and exists(conditions where code in 'primary", "age() > 35 and exists(conditions where code in 'primary"),
    (RULE, "age() >= 65 then 150", "age() > 65 then 150"),
    (RULE, "then 150 else 140", "then 150 else 139"),
    (RULE, "gives: '90'", "gives: '91'"),
    (RULE, "systolic >= goal_systolic", "systolic > goal_systolic"),
    (RULE, EMERGENCY, EMERGENCY.replace("systolic >=", "systolic >", 1)),
    (RULE, EMERGENCY, EMERGENCY.replace("diastolic >=", "diastolic >")),
    ("settings/emergencies.yaml", "value: 180", "value: 181"),
    (RULE, "or symptoms has any 'hypertension_emergency' ", "or symptoms has any ('nosebleed') "),
    (RULE, "or pregnant_or_lactating and (", "or pregnant_or_lactating or ("),
    (RULE, "count(distinct blood_pressure.on where", "count(blood_pressure.on where"),
    (RULE, "within 1 year) >= 3", "within 2 years) >= 3"),
    (RULE, "not exists(blood_pressure within 6 months)", "not exists(blood_pressure within 7 months)"),
    (RULE, "and prev.outcome = outcome", "and prev.outcome is not null"),
    (RULE, "{revisit: in 3 months}]\n", "{revisit: in 4 months}]\n"),
    (RULE, "every: 3 months", "every: 4 months"),
    (RULE, f"{WORSE}\n      {REACTION}", f"{REACTION}\n      {WORSE}"),
    ("programmes/diabetes/programme.yaml", "fasting_glucose >= 7\n", "fasting_glucose > 7\n"),
    ("programmes/diabetes/programme.yaml", "fasting_glucose <= 3.9", "fasting_glucose < 3.9"),
    ("programmes/child/programme.yaml", "haemoglobin < 110", "haemoglobin <= 110"),
    ("terminology/visits.yaml", "severe_headache, nausea_vomiting,", "nausea_vomiting,"),
    (WATER, "then 3 else 1 end", "then 3 else 2 end"),
    (WATER, "then 500 else 100 end", "then 600 else 100 end"),
    (WATER, "fluoride > case when it.scale = 'small'", "fluoride >= case when it.scale = 'small'"),
    (WATER, "cadmium > 0.005", "cadmium > 0.05"),
    (WATER, "ph < 6.5", "ph <= 6.5"),
    (WATER, "then 0.3 else 0.05", "then 0.2 else 0.05"),
    (WATER, "when it.disinfection = 'chloramine' then 3", "when it.disinfection = 'chloramine' then 4"),
    (WATER, "when: verdict = 'unqualified' and purpose = 'routine'", "when: verdict = 'unqualified'"),
    (WATER, "every: 1 month", "every: 2 months"),
    (WATER, "when: it.state = 'monitored' and not exists", "when: not exists"),
    ("registers/store/register.yaml", "near_expiry_moved and clean", "clean"),
    ("registers/ambulance/register.yaml", "from: [in_service, in_repair]", "from: in_service"),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("content")
    for part in ("programmes", "registers", "terminology", "definitions", "settings", "views"):
        shutil.copytree(FOLDER / part, root / part)
    return root


@pytest.mark.parametrize(("file", "right", "wrong"), MISTAKES)
def test_a_changed_rule_breaks_an_example(copy, file, right, wrong):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    try:
        changed = load(copy)
        assert changed.problems == ()
        touched = {file.split("/")[1]} if file.startswith(("programmes", "registers")) else None
        assert run_examples(changed, touched).failed
    finally:
        path.write_text(text, encoding="utf-8")
