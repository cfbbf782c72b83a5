"""Where lower bands learn of upper ones: the projectors that the record calls after each write, in order."""

from kangyu.apps.cases import case_access
from kangyu.apps.cases.actions import case_tables, missing, status
from kangyu.apps.directory.actions import refresh
from kangyu.apps.indicators import tables
from kangyu.apps.ledgers import event_rows, sources
from kangyu.apps.record import pipeline, reading
from kangyu.apps.registers import rows as thing_rows
from kangyu.apps.registers.actions import restate as things
from kangyu.apps.relations.actions import links


def connect() -> None:
    """Fill the record's ordered list of projectors."""
    pipeline.PROJECTORS[:] = [
        refresh.after_write, status.after_write, things.after_write, case_tables.after_write, missing.after_write, links.after_write,
    ]  # fmt: skip
    thing_rows.READERS[:] = [event_rows.of_things]
    tables.OTHERS[:] = [sources.source]
    reading.WAYS[:] = [case_access.may_read]
