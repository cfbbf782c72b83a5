"""The checks of a form as branches that examples ought to reach: each must at least once have something to say."""

from collections.abc import Iterator

from kangyu.engines.content.kinds import Form

from .answers import Result


def branches(form: Form) -> list[str]:
    """``check.<form>.<check>`` of the form, ``check.<form>.<table>.<check>`` of the rows of its tables."""
    own = [*form.checks, *(f"{key}.{name}" for key, field in form.fields.items() for name in field.checks)]
    return [f"check.{form.name}.{key}" for key in own]


def reached(form: Form, result: Result) -> Iterator[str]:
    """The checks that spoke up about these answers."""
    for finding in result.findings:
        if finding.cause == "check":
            table, _, rest = finding.key.partition(".")
            yield f"check.{form.name}." + (f"{table}.{rest.rpartition('.')[2]}" if rest else table)
