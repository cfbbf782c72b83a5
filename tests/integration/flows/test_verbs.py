"""Every verb that a declaration may use is carried out by something."""

from kangyu.engines.content.kinds.action import CARRIED_OUT, Action
from kangyu.engines.language.actions import VERBS
from kangyu.flows import case_happen, effects


def test_the_verbs_the_language_admits_are_those_that_are_carried_out():
    assert case_happen.happen  # whoever moves a case has loaded what carries its verbs out
    done = {*effects.EFFECTS, *effects.TOGETHER, "tell"} - {"post_line"}
    assert done == set(CARRIED_OUT)
    assert set(CARRIED_OUT) <= set(VERBS) and set(VERBS) <= set(Action.model_fields)
