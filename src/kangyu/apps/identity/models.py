"""One row per person: the projection of the Patient resource that stands for them; and who was handed from one team to another."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Person(models.Model):
    """A person as lists, headers and scope need them. Rebuilt from Patient resources; never written by hand."""

    pid = models.BigAutoField(primary_key=True)
    patient_id = models.CharField(max_length=64)
    name = models.CharField(max_length=120, default="")
    sex = models.CharField(max_length=8, default="")
    birth_date = models.DateField(null=True)
    deceased_on = models.DateField(null=True)
    identity_number = models.CharField(max_length=18, null=True, unique=True)
    phone = models.CharField(max_length=32, default="")
    area = models.CharField(max_length=12, default="")
    org = models.CharField(max_length=64, default="")
    practitioner = models.CharField(max_length=64, default="")
    household = models.CharField(max_length=64, default="")
    resident_from = models.DateField(null=True)
    resident_to = models.DateField(null=True)
    synthetic = models.BooleanField(default=False)
    demographic_key = models.CharField(max_length=200, default="")
    search = ArrayField(models.TextField(), default=list)

    class Meta:
        db_table = "person"
        indexes = [
            models.Index(fields=["org", "pid"], name="person_org"),
            models.Index(fields=["area", "pid"], name="person_area", opclasses=["text_pattern_ops", "int8_ops"]),
            models.Index(fields=["demographic_key"], name="person_demographic"),
            models.Index(fields=["patient_id"], name="person_patient"),
            models.Index(fields=["household"], name="person_household"),
            GinIndex(fields=["search"], name="person_search", fastupdate=False),
        ]


class ResidentHandOver(models.Model):
    """Residents who were handed from one team to another at once. ``practitioners`` are whose they were, in the order of ``pids``, so that
    they can be given back; ``gives_back`` is the hand-over that this one took back."""

    key = models.CharField(max_length=120, unique=True)
    from_org = models.CharField(max_length=64)
    from_practitioner = models.CharField(max_length=64, blank=True, default="")
    to_org = models.CharField(max_length=64)
    to_practitioner = models.CharField(max_length=64, blank=True, default="")
    area = models.CharField(max_length=12)
    pids = ArrayField(models.BigIntegerField())
    practitioners = ArrayField(models.CharField(max_length=64))
    reason = models.CharField(max_length=300)
    account = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()
    gives_back = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="given_back")

    class Meta:
        db_table = "resident_hand_over"
        indexes = [models.Index(fields=["area", "-at"], name="resident_hand_over_place", opclasses=["text_pattern_ops", "timestamptz_ops"])]
