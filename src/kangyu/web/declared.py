"""What pages say about the declarations: their problems, the handbook of those in force, expressions coloured for reading."""

from django.utils.safestring import SafeString, mark_safe

from kangyu.engines.cases.examples import ExampleRun, run_examples
from kangyu.engines.content import Content
from kangyu.engines.content.check_reach import unused
from kangyu.engines.content.checker import check_content
from kangyu.engines.handbook import KIND_TITLES, Handbook, Listed, html
from kangyu.kernel.errors import Problem

__all__ = ["KIND_TITLES", "Listed", "coloured", "example_run", "handbook", "listed", "of_file", "problems", "source_lines"]

_checked: tuple[Content, list[Problem]] | None = None
_book: Handbook | None = None


def problems(content: Content) -> list[Problem]:
    """All problems of the declarations in force, between them, and what nobody uses; checked once for each loading."""
    global _checked
    if _checked is None or _checked[0] is not content:
        _checked = (content, [*check_content(content), *unused(content)])
    return _checked[1]


def handbook(content: Content) -> Handbook:
    """The handbook of these declarations, kept until they change."""
    global _book
    if _book is None or _book.content is not content:
        _book = Handbook(content)
    return _book


_examples: dict[str, tuple[Content, ExampleRun]] = {}


def example_run(content: Content, work: str) -> ExampleRun:
    """The examples of a programme or procedure as they come out now; run once for each loading."""
    held = _examples.get(work)
    if held is None or held[0] is not content:
        held = _examples[work] = (content, run_examples(content, [work]))
    return held[1]


def listed(content: Content, kind: str) -> list[Listed]:
    """All declarations of a kind, in the order of their files."""
    return handbook(content).listed(kind)


def source_lines(content: Content, file: str) -> list[str]:
    """The file as it was written."""
    return handbook(content).written(file)


def of_file(found: list[Problem], file: str) -> list[Problem]:
    """The problems placed in one file."""
    return [problem for problem in found if problem.place.rpartition(":")[0] == file or problem.place == file]


def coloured(expression: str) -> SafeString:
    """An expression with its words, names of functions and constants told apart; the text itself is unchanged."""
    return mark_safe(html.coloured(expression))
