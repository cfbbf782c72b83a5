from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="FormDraft",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "place", blank=True, editable=False, primary_key=True, serialize=False)),
                ("account", models.CharField(max_length=150)),
                ("place", models.CharField(max_length=200)),
                ("pairs", models.JSONField()),
                ("updated", models.DateTimeField()),
            ],
            options={
                "db_table": "form_draft",
                "indexes": [models.Index(fields=["account", "updated"], name="form_draft_age")],
            },
        ),
    ]
