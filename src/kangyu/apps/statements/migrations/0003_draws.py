"""Draws of records to be asked after; the database refuses to change one."""

from django.db import migrations, models

CREATE = "CREATE TRIGGER statement_draw_kept BEFORE UPDATE OR DELETE ON statement_draw FOR EACH ROW EXECUTE FUNCTION statement_append_only();"
DROP = "DROP TRIGGER statement_draw_kept ON statement_draw;"


class Migration(migrations.Migration):
    dependencies = [("statements", "0002_frozen")]
    operations = [
        migrations.CreateModel(
            name="SampleDraw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=48)),
                ("area", models.CharField(max_length=12)),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("each", models.IntegerField()),
                ("seed", models.CharField(max_length=64)),
                ("population", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("units", models.JSONField()),
                ("account", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "statement_draw"},
        ),
        migrations.AddConstraint(
            model_name="sampledraw",
            constraint=models.UniqueConstraint(fields=("key", "area", "period_start"), name="statement_draw_once"),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
