"""Answers stored before a field changed its type do not break who reads them: they count as not answered."""

from declarations import shipped
from kangyu.engines import forms


def test_an_answer_of_another_type_is_not_answered():
    asked = forms.prepare(shipped(), shipped().forms["referral_request"])
    stored = {
        "item": [
            {"linkId": "consent", "answer": [{"valueBoolean": True}]},
            {"linkId": "systolic", "answer": [{"valueString": "高"}]},
            {"linkId": "impression", "answer": [{"valueString": "胸闷"}]},
        ]
    }
    held = forms.answers_of(asked, stored)
    assert (held["consent"], held["systolic"], held["impression"]) == (None, None, "胸闷")
