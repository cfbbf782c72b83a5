"""Things in the columns that pages and scope need, and what came of spreadsheets that were brought in."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Thing(models.Model):
    """One thing of a register, by the id of its resource. ``area`` is where it lies; ``items`` is what is due on it, as last worked out."""

    id = models.CharField(max_length=64, primary_key=True)
    register = models.CharField(max_length=48)
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    state = models.CharField(max_length=48, blank=True, default="")
    org = models.CharField(max_length=64, blank=True, default="")
    area = models.CharField(max_length=12, blank=True, default="")
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    values = models.JSONField(default=dict)
    flags = ArrayField(models.CharField(max_length=48), default=list)
    items = models.JSONField(default=list)
    last = models.JSONField(default=dict)
    due_item = models.CharField(max_length=48, blank=True, default="")
    next_due = models.DateField(null=True)
    vid = models.IntegerField(default=1)
    assessed_on = models.DateField(null=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "thing"
        constraints = [models.UniqueConstraint(fields=["register", "number"], name="thing_number")]
        indexes = [
            models.Index(fields=["register", "area"], name="thing_area", opclasses=["text_ops", "text_pattern_ops"]),
            models.Index(fields=["register", "org"], name="thing_org"),
            models.Index(fields=["register", "next_due"], name="thing_due"),
            models.Index(fields=["assessed_on"], name="thing_age"),
            GinIndex(fields=["flags"], name="thing_flags", fastupdate=False),
        ]


class ThingSheet(models.Model):
    """A spreadsheet that was brought in: how many rows went in, and the rows that came back with what to mend."""

    register = models.CharField(max_length=48)
    file = models.CharField(max_length=200)
    author = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    made = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    header = models.JSONField(default=list)
    rejected = models.JSONField(default=list)

    class Meta:
        db_table = "thing_sheet"
