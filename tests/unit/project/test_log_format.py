import logging
import sys

from kangyu.project.log_format import WithoutValues


def fail() -> None:
    try:
        raise ValueError("身份证 11010519491231002X")
    except ValueError as error:
        raise KeyError("李样芳") from error


def test_logged_failure_names_places_and_kinds_but_no_values():
    try:
        fail()
    except KeyError:
        record = logging.LogRecord("kangyu", logging.ERROR, __file__, 1, "page failed", (), sys.exc_info())
    text = WithoutValues("{message}", style="{").format(record)
    assert "builtins.KeyError" in text and "builtins.ValueError" in text and " fail" in text
    assert "11010519491231002X" not in text and "李样芳" not in text
