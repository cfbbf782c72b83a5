"""Registers of things: a thing as its FHIR resource and back, what is due on it, what a sheet of them says."""

from .prepared import PreparedRegister, card_of, prepare
from .standing import Standing, last_row, open_moves, stand, subject_of
from .things import Facts, Named, ended, facts_of, register_of, resource_of

__all__ = [
    "Facts",
    "Named",
    "PreparedRegister",
    "Standing",
    "card_of",
    "ended",
    "facts_of",
    "last_row",
    "open_moves",
    "prepare",
    "register_of",
    "resource_of",
    "stand",
    "subject_of",
]
