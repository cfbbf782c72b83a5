"""Tables emptied between tests that commit. Few rows are deleted in milliseconds; TRUNCATE of sixty tables takes most of a second."""

from collections.abc import Iterable

RECORD = ("resource", "resource_version", "outbox", "import_job", "person")
"""The record's own tables, which Django does not know of."""
KEPT = ("django_content_type", "auth_permission")
"""What Django itself wrote when it made the tables."""


def empty(tables: Iterable[str], *, restart: bool = False) -> None:
    """Delete every row, also of tables that keep theirs against deletion; ``restart`` lets numbers begin at 1 again."""
    from django.db import connection, transaction

    names = list(tables)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in deletions(names):
            cursor.execute(statement)
        if restart:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(quote_ident(c.relname), a.attname), 1, false) FROM pg_class c "
                "JOIN pg_attribute a ON a.attrelid = c.oid AND (a.attidentity <> '' OR a.atthasdef) WHERE c.relname = ANY(%s) "
                "AND c.relkind = 'r' AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL",
                [names],
            )


def deletions(tables: Iterable[str]) -> list[str]:
    """The statements of one transaction that empty the tables, in whatever order they refer to each other."""
    deleted = [f'DELETE FROM "{name}"' for name in tables if name not in KEPT]
    return ["SET LOCAL session_replication_role = replica", *deleted, "SET LOCAL session_replication_role = DEFAULT"]


def flushed_by_deleting() -> None:
    """Let Django's own emptying after each test that commits do the same, and not announce a migration each time."""
    from django.core.management.commands import flush
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
        return deletions(tables)

    DatabaseOperations.sql_flush = sql_flush
    flush.emit_post_migrate_signal = lambda *args, **kwargs: None
