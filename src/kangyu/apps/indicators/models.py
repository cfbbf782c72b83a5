"""Runs of measuring, the figures they found, and what has changed since for single persons."""

from django.db import models

BASE = "base"
"""The level of figure rows by area as recorded and institution."""
ADDED_UP = {"county": 6, "township": 9}
"""Levels at which base rows are added up and stored, with the length of their area codes."""
LEVELS = {**ADDED_UP, "village": 12}
"""Levels that figures are read at. A village's are added up when they are read: there are hardly fewer of them than base rows."""


class MeasureRun(models.Model):
    """One full recompute. The published run is the one that pages read; ``seen`` is how far changes since its snapshot are restated."""

    class State(models.TextChoices):
        RUNNING = "running"
        PUBLISHED = "published"
        REPLACED = "replaced"
        FAILED = "failed"

    name = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    as_of = models.DateField()
    fixed = models.BooleanField(default=False)
    snapshot = models.TextField(default="")
    seen = models.TextField(default="")
    seen_at = models.DateTimeField(null=True)
    whole = models.CharField(max_length=40, default="")
    digest = models.CharField(max_length=64, default="")
    people = models.IntegerField(default=0)
    facts = models.BigIntegerField(default=0)
    seconds = models.JSONField(default=dict)
    note = models.TextField(default="")
    started_at = models.DateTimeField(auto_now_add=True)
    computed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "measure_run"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="published"), name="measure_run_one_published"),
        ]


class Figure(models.Model):
    """Sums of contributions of one run: the finest by (area, institution), and added up by township and county."""

    run = models.ForeignKey(MeasureRun, models.CASCADE, db_index=False)
    level = models.CharField(max_length=8)
    indicator = models.CharField(max_length=64)
    period = models.CharField(max_length=8)
    area = models.CharField(max_length=12)
    org = models.CharField(max_length=64, default="")
    stratum = models.SmallIntegerField(default=-1)
    top = models.FloatField()
    bottom = models.FloatField()

    class Meta:
        db_table = "figure"
        indexes = [models.Index(fields=["run", "level", "indicator", "period", "area"], name="figure_place")]


class Restatement(models.Model):
    """What a person adds now less what they added in the run; readers add these rows to the figures."""

    run = models.ForeignKey(MeasureRun, models.CASCADE, db_index=False)
    pid = models.BigIntegerField()
    indicator = models.CharField(max_length=64)
    period = models.CharField(max_length=8)
    area = models.CharField(max_length=12)
    org = models.CharField(max_length=64, default="")
    stratum = models.SmallIntegerField(default=-1)
    top = models.FloatField()
    bottom = models.FloatField()

    class Meta:
        db_table = "restatement"
        indexes = [
            models.Index(fields=["run", "indicator", "period"], name="restatement_figure"),
            models.Index(fields=["run", "pid"], name="restatement_person"),
        ]


class RestatedPerson(models.Model):
    """A person whose record changed since the run, with what they add now in the periods that open to people.

    ``seen`` is the snapshot the person was read at: changes visible in it need no further restating.
    """

    run = models.ForeignKey(MeasureRun, models.CASCADE, db_index=False)
    pid = models.BigIntegerField()
    at = models.DateTimeField()
    area = models.CharField(max_length=12, default="")
    org = models.CharField(max_length=64, default="")
    adds = models.JSONField(default=dict)
    seen = models.TextField(default="")

    class Meta:
        db_table = "restated_person"
        constraints = [models.UniqueConstraint(fields=["run", "pid"], name="restated_person_once")]
