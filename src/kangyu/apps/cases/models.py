"""One row per person and programme: where the care stands. A projection of the record; ``actions/status`` writes it, nothing else does."""

from django.db import models


class CareStatus(models.Model):
    """What a team's list needs to know of one person in one programme.

    ``org`` and ``area`` are the person's own, so that a viewer's scope applies here as it does to people. Windows are dates, not words:
    whether something is late is decided when the list is read, against the business date. ``state`` is ``enrolled``, ``expected`` (belongs
    by age, no enrolment asked for), ``missing`` (belongs, but nobody enrolled them) or ``ended``.
    """

    pk = models.CompositePrimaryKey("pid", "programme")
    pid = models.BigIntegerField()
    programme = models.CharField(max_length=48)
    state = models.CharField(max_length=12)
    org = models.CharField(max_length=64)
    area = models.CharField(max_length=12)
    enrolled_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    last = models.JSONField(default=dict)
    due_item = models.CharField(max_length=48, default="")
    next_due_from = models.DateField(null=True)
    next_due = models.DateField(null=True)
    done = models.SmallIntegerField(default=0)
    needed = models.SmallIntegerField(default=0)
    risk = models.SmallIntegerField(default=0)
    reasons = models.JSONField(default=list)
    items = models.JSONField(default=list)
    assessed_on = models.DateField()
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "care_status"
        indexes = [
            models.Index(fields=["org", "programme", "next_due", "pid"], name="care_status_team"),
            models.Index(
                fields=["area", "next_due", "pid"], name="care_status_place", opclasses=["text_pattern_ops", "date_ops", "int8_ops"]
            ),
            models.Index(fields=["assessed_on", "pid"], name="care_status_age"),
        ]
