"""Few people are never shown, nor can they be worked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kangyu.engines.indicators.disclosure import SMALL, Cell, withheld


@pytest.mark.parametrize(
    ("cell", "small"),
    [
        (Cell(0, 50), False),
        (Cell(50, 50), False),
        (Cell(9, 50), True),
        (Cell(10, 50), False),
        (Cell(41, 50), True),
        (Cell(40, 50), False),
        (Cell(0, 9), True),
        (Cell(0, 0), False),
    ],
)
def test_small_counts_on_either_side_are_small(cell, small):
    assert cell.is_small() is small


def test_one_small_row_takes_the_next_smallest_with_it():
    rows = [Cell(50, 100), Cell(3, 60), Cell(40, 80), Cell(100, 300)]
    assert withheld(rows) == [False, True, True, False]


def test_one_small_row_stands_alone_where_no_total_is_shown():
    assert withheld([Cell(50, 100), Cell(3, 60)], total_shown=False) == [False, True]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: Cell(p[0], p[0] + p[1])), max_size=8))
def test_what_is_hidden_together_is_never_small_unless_all_is_hidden(rows):
    hidden = withheld(rows)
    assert all(is_hidden for row, is_hidden in zip(rows, hidden, strict=True) if row.is_small())
    covered = [row for row, is_hidden in zip(rows, hidden, strict=True) if is_hidden]
    everyone = all(is_hidden or not row.bottom for row, is_hidden in zip(rows, hidden, strict=True))
    if covered and not everyone:
        together = Cell(sum(row.top for row in covered), sum(row.bottom for row in covered))
        assert len(covered) > 1
        assert together.top == 0 or together.top >= SMALL
        assert together.bottom - together.top == 0 or together.bottom - together.top >= SMALL
