"""What is counted for signals, the alarms raised, and sources that fell silent. Counts are a projection; alarms are history."""

from django.db import models

LEVELS = ("village", "institution", "township", "county")
"""From the finest to the coarsest place."""
DIGITS = {"county": 6, "township": 9, "village": 12}


class SeriesState(models.Model):
    """How far the counts follow the record: everything seen by ``seen`` (a snapshot) is counted as the content with ``digest`` says."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64, default="")
    seen = models.TextField(default="")
    seen_at = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    judged_on = models.DateField(null=True)
    records = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        db_table = "series_state"


class SeriesEvent(models.Model):
    """One record that a signal counts: of its cases, or (``side`` 1) of what these are a share of."""

    signal = models.CharField(max_length=64)
    side = models.SmallIntegerField()
    pid = models.BigIntegerField()
    event = models.CharField(max_length=64)
    on = models.DateField()
    area = models.CharField(max_length=12, blank=True, default="")
    org = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "series_event"
        indexes = [
            models.Index(fields=["pid", "signal"], name="series_event_person"),
            models.Index(fields=["signal", "side", "on"], name="series_event_day"),
        ]


class SeriesCount(models.Model):
    """Cases, and what they are a share of, at one place on one day; days without any are not stored."""

    signal = models.CharField(max_length=64)
    level = models.CharField(max_length=12)
    place = models.CharField(max_length=64)
    on = models.DateField()
    cases = models.IntegerField(default=0)
    total = models.IntegerField(default=0)

    class Meta:
        db_table = "series_count"
        constraints = [models.UniqueConstraint(fields=["signal", "level", "place", "on"], name="series_count_day")]


class SeriesStanding(models.Model):
    """How one series stands by one method: the present value and its bound, and the values before it. A projection of the counts."""

    signal = models.CharField(max_length=64)
    detector = models.SmallIntegerField()
    level = models.CharField(max_length=12)
    place = models.CharField(max_length=64)
    value = models.FloatField(null=True)
    expected = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    alarm = models.BooleanField(default=False)
    before = models.JSONField(default=list)

    class Meta:
        db_table = "series_standing"
        constraints = [models.UniqueConstraint(fields=["signal", "detector", "level", "place"], name="series_standing_once")]


class SeriesDelay(models.Model):
    """How many records arrived how many days after what they tell of."""

    signal = models.CharField(max_length=64)
    days = models.SmallIntegerField()
    records = models.IntegerField(default=0)

    class Meta:
        db_table = "series_delay"
        constraints = [models.UniqueConstraint(fields=["signal", "days"], name="series_delay_days")]


class Alarm(models.Model):
    """A threshold exceeded, as it was when it was found. It stays, whatever is learnt later; ``now_*`` says what today's data would give.

    ``root`` is the alarm that opened the case which this one joined, null for one that opened its own. ``opened`` is set once its case is
    (or is to be) opened, so that it is opened once.
    """

    signal = models.CharField(max_length=64)
    level = models.CharField(max_length=12)
    place = models.CharField(max_length=64)
    place_name = models.CharField(max_length=160, default="")
    day = models.DateField()
    detector = models.SmallIntegerField()
    method = models.CharField(max_length=32)
    rule = models.JSONField(default=dict)
    cases = models.IntegerField(default=0)
    value = models.FloatField()
    expected = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    grade = models.CharField(max_length=32, default="")
    raised_at = models.DateTimeField()
    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined")
    case = models.CharField(max_length=64, blank=True, default="")
    now_value = models.FloatField(null=True)
    now_upper = models.FloatField(null=True)
    now_cases = models.IntegerField(default=0)
    now_grade = models.CharField(max_length=32, default="")
    now_alarm = models.BooleanField(default=True)
    now_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alarm"
        constraints = [models.UniqueConstraint(fields=["signal", "level", "place", "day", "detector"], name="alarm_once")]
        indexes = [models.Index(fields=["day"], name="alarm_day"), models.Index(fields=["root"], name="alarm_root")]


class SilentSource(models.Model):
    """An institution that stopped reporting; ``heard_on`` ends it."""

    signal = models.CharField(max_length=64)
    org = models.CharField(max_length=64)
    last_on = models.DateField()
    noticed_at = models.DateTimeField()
    heard_on = models.DateField(null=True)

    class Meta:
        db_table = "silent_source"
        constraints = [models.UniqueConstraint(fields=["signal", "org", "last_on"], name="silent_source_once")]


class Backtest(models.Model):
    """A back-test asked for, how far it is, and what it found."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused"

    signal = models.CharField(max_length=64)
    spec = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    done = models.IntegerField(default=0)
    of = models.IntegerField(default=0)
    outcome = models.JSONField(null=True)
    note = models.TextField(default="")
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(auto_now_add=True)
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "backtest"
        indexes = [models.Index(fields=["state", "id"], name="backtest_state")]
