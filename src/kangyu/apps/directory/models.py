"""Areas and institutions in the columns that pages and scope need; projected from Location and Organization resources."""

from django.db import models


class Area(models.Model):
    """A county, township or village. ``code`` has 6, 9 or 12 digits; an area holds every code that begins with its own."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=12)
    parent = models.CharField(max_length=12, blank=True, default="")
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    boundary = models.TextField(blank=True, default="")
    location_id = models.CharField(max_length=64)

    class Meta:
        db_table = "area"
        indexes = [models.Index(fields=["level", "code"], name="area_level")]


class Institution(models.Model):
    """An institution, by the id of its Organization."""

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=40)
    level = models.IntegerField(default=0)
    area = models.CharField(max_length=12, blank=True, default="")
    parent = models.CharField(max_length=64, blank=True, default="")
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "institution"
        indexes = [models.Index(fields=["area"], name="institution_area", opclasses=["text_pattern_ops"])]
