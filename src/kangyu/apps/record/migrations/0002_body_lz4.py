"""Long bodies, mostly answers of forms, are compressed with lz4 where the server was built with it: views unpack them several times faster."""

from django.db import migrations

# A server without lz4 keeps its own compression.
SET = """
DO $$ BEGIN
    ALTER TABLE resource ALTER COLUMN body SET COMPRESSION lz4;
    ALTER TABLE resource_version ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
"""
UNSET = """
ALTER TABLE resource ALTER COLUMN body SET COMPRESSION default;
ALTER TABLE resource_version ALTER COLUMN body SET COMPRESSION default;
"""


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]
    operations = [migrations.RunSQL(SET, UNSET)]
