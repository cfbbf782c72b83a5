"""Ledgers: what must balance. Entries become lines, or are refused; nothing here knows where balances are kept."""

from .book import VERBS, ZERO, Account, Balance, Book, Entry, Line, Verb, faults, open_book
from .posting import Holds, Reach, carry_out, reach
from .refusal import Refused, Shortage, plain

__all__ = [
    "VERBS",
    "ZERO",
    "Account",
    "Balance",
    "Book",
    "Entry",
    "Holds",
    "Line",
    "Reach",
    "Refused",
    "Shortage",
    "Verb",
    "carry_out",
    "faults",
    "open_book",
    "plain",
    "reach",
]
