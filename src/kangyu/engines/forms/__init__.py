"""Forms: make one ready (``prepare``), check answers, turn them into FHIR and into what they become."""

from .answers import Finding, Result, check_answers
from .extraction import extract
from .fhir import answers_of, canonical, questionnaire, response
from .prepared import Coding, PreparedForm, prepare

__all__ = [
    "Coding",
    "Finding",
    "PreparedForm",
    "Result",
    "answers_of",
    "canonical",
    "check_answers",
    "extract",
    "prepare",
    "questionnaire",
    "response",
]
