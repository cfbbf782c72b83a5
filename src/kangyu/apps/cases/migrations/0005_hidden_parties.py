from django.db import migrations, models


class Migration(migrations.Migration):
    """A party that a case names but has not come to yet does not see it."""

    dependencies = [("cases", "0004_columns_and_missing")]

    operations = [migrations.AddField("caseparty", "hidden", models.BooleanField(default=False))]
