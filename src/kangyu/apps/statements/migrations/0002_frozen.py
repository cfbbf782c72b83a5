"""What was shown cannot be changed, steps and lines are only ever added: the database refuses."""

from django.db import migrations

CREATE = """
CREATE FUNCTION statement_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER statement_step_kept BEFORE UPDATE OR DELETE ON statement_step FOR EACH ROW EXECUTE FUNCTION statement_append_only();
CREATE TRIGGER statement_line_kept BEFORE UPDATE OR DELETE ON statement_line FOR EACH ROW EXECUTE FUNCTION statement_append_only();
CREATE FUNCTION statement_sheet_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a frozen statement is not removed'; END IF;
  IF ROW(NEW.text, NEW.digest, NEW.key, NEW.area, NEW.period_start, NEW.period_end, NEW.frozen)
     IS DISTINCT FROM ROW(OLD.text, OLD.digest, OLD.key, OLD.area, OLD.period_start, OLD.period_end, OLD.frozen)
  THEN RAISE EXCEPTION 'a frozen statement is not changed'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER statement_sheet_kept BEFORE UPDATE OR DELETE ON statement_sheet FOR EACH ROW WHEN (OLD.frozen)
EXECUTE FUNCTION statement_sheet_frozen();
"""
DROP = """
DROP TRIGGER statement_step_kept ON statement_step;
DROP TRIGGER statement_line_kept ON statement_line;
DROP TRIGGER statement_sheet_kept ON statement_sheet;
DROP FUNCTION statement_append_only;
DROP FUNCTION statement_sheet_frozen;
"""


class Migration(migrations.Migration):
    dependencies = [("statements", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
