"""Forms: make one ready (``prepare``), check answers, turn them into FHIR and into what they become, say what changed.

prepared = prepare(content, form)
result = check_answers(prepared, answers, subject=Subject(…), reasons={}) -> Result  (.ok .hard .soft .unexplained .cleaned .shown)
answers, binaries = take_out(prepared, result.cleaned, id=…, subject="Patient/…")        files out of the answers
body = response(prepared, answers, id=…, subject=…, author=…, institution=…, on=…, derived=…, reasons=…, case=…)
yielded = extract(prepared, body)                                                       Observations, Conditions …
answers_of(prepared, body) == answers;  questionnaire(prepared);  differences(prepared, before, after)
"""

from .answers import Finding, Result, check_answers
from .attachments import attached, take_out
from .branches import branches, reached
from .changes import Change, differences
from .extraction import extract
from .fhir import answers_of, canonical, response
from .prepared import Coding, PreparedForm, prepare
from .questionnaire import questionnaire
from .saying import number_of, said, said_of, said_rows, written
from .settling import settle
from .values import Attached, Measured, Named, answer_at, field_at, split_path

__all__ = [
    "Attached",
    "Change",
    "Coding",
    "Finding",
    "Measured",
    "Named",
    "PreparedForm",
    "Result",
    "answer_at",
    "answers_of",
    "attached",
    "branches",
    "canonical",
    "check_answers",
    "differences",
    "extract",
    "field_at",
    "number_of",
    "prepare",
    "questionnaire",
    "reached",
    "response",
    "said",
    "said_of",
    "said_rows",
    "settle",
    "split_path",
    "take_out",
    "written",
]
