from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="Relation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("resource", models.CharField(max_length=140)),
                ("type", models.CharField(max_length=48)),
                ("from_kind", models.CharField(max_length=32)),
                ("from_id", models.CharField(max_length=64)),
                ("to_kind", models.CharField(max_length=32)),
                ("to_id", models.CharField(max_length=64)),
                ("from_pid", models.BigIntegerField(null=True)),
                ("to_pid", models.BigIntegerField(null=True)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("case_id", models.CharField(blank=True, default="", max_length=64)),
                ("synthetic", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "relation",
                "indexes": [
                    models.Index(fields=["from_kind", "from_id", "type"], name="relation_from"),
                    models.Index(fields=["to_kind", "to_id", "type"], name="relation_to"),
                    models.Index(fields=["resource"], name="relation_resource"),
                ],
            },
        ),
    ]
