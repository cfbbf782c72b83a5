"""Typed, dated links between subjects: a projection of the record that ``actions`` write, nothing else does."""

from django.db import models


class Relation(models.Model):
    """``from`` is so-and-so of ``to`` (the mother of the newborn), from ``since`` to ``until`` (the last day; null while it holds).

    Ends go by kind and id as the subjects of cases do; of a person the id is the number. ``pids`` are the people the link is about: those
    at its ends, and those whom a case at an end is about. ``resource`` names where it stands in the record.
    """

    resource = models.CharField(max_length=140)
    type = models.CharField(max_length=48)
    from_kind = models.CharField(max_length=32)
    from_id = models.CharField(max_length=64)
    to_kind = models.CharField(max_length=32)
    to_id = models.CharField(max_length=64)
    from_pid = models.BigIntegerField(null=True)
    to_pid = models.BigIntegerField(null=True)
    since = models.DateField()
    until = models.DateField(null=True)
    case_id = models.CharField(max_length=64, blank=True, default="")
    synthetic = models.BooleanField(default=False)

    class Meta:
        db_table = "relation"
        indexes = [
            models.Index(fields=["from_kind", "from_id", "type"], name="relation_from"),
            models.Index(fields=["to_kind", "to_id", "type"], name="relation_to"),
            models.Index(fields=["resource"], name="relation_resource"),
        ]
