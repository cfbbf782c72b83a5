"""Postings and entries are only ever added: the database refuses to change or remove them."""

from django.db import migrations

CREATE = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
"""
DROP = """
DROP TRIGGER ledger_posting_kept ON ledger_posting;
DROP TRIGGER ledger_entry_kept ON ledger_entry;
DROP FUNCTION ledger_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
