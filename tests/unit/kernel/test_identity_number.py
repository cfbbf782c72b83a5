from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kangyu.kernel import identity_number

# The worked example of GB 11643-1999, annex.
EXAMPLE = "11010519491231002X"


def test_example_of_the_standard_is_right():
    assert identity_number.fault(EXAMPLE) is None
    assert identity_number.birth_date(EXAMPLE) == date(1949, 12, 31)
    assert identity_number.sex(EXAMPLE) == "female"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("110105194912310021", "校验码"),
        ("11010519491331002X", "出生日期"),
        ("1101051949123100", "18 位"),
        ("11010519491231002x", "18 位"),
        ("１１０１０５19491231002X", "18 位"),
    ],
)
def test_fault_says_what_is_wrong(number, words):
    assert words in identity_number.fault(number)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_every_single_wrong_digit_is_found(born, order):
    number15 = f"370899{born:%y%m%d}{order:03d}"
    number = identity_number.upgrade(number15)
    assert identity_number.fault(number) is None
    for at in range(17):
        changed = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        assert identity_number.fault(changed) is not None


def test_masked_number_hides_birth_and_keeps_the_ends():
    assert identity_number.masked(EXAMPLE) == "110105********002X"
