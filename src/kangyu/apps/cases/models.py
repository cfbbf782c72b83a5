"""Where care stands, person by programme, and the cases under way: projections of the record that ``actions`` write, nothing else does."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
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


class CaseFile(models.Model):
    """One case, by the id of its Task. ``due`` is when its first running clock runs out; ``area`` and ``owner`` say whose it is.

    ``same_keys`` have one in common for cases that may be one; ``columns`` is what the procedure says is known of each; a case merged into
    another names it and leaves every list. ``handler`` is the account that the case was given to within its institution.
    """

    id = models.CharField(max_length=64, primary_key=True)
    procedure = models.CharField(max_length=48)
    state = models.CharField(max_length=48)
    ended = models.BooleanField(default=False)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    pid = models.BigIntegerField(null=True)
    area = models.CharField(max_length=12, blank=True, default="")
    owner = models.CharField(max_length=64, blank=True, default="")
    heading = models.CharField(max_length=200, blank=True, default="")
    opened = models.DateTimeField()
    since = models.DateTimeField()
    due = models.DateTimeField(null=True)
    due_clock = models.CharField(max_length=48, blank=True, default="")
    parent = models.CharField(max_length=64, blank=True, default="")
    part = models.CharField(max_length=48, blank=True, default="")
    part_number = models.IntegerField(default=0)
    same_keys = ArrayField(models.TextField(), default=list)
    columns = models.JSONField(default=dict)
    merged_into = models.CharField(max_length=64, blank=True, default="")
    synthetic = models.BooleanField(default=False)
    vid = models.IntegerField(default=1)
    handler = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "case_file"
        indexes = [
            models.Index(fields=["pid", "-opened"], name="case_file_person", condition=models.Q(pid__isnull=False)),
            models.Index(fields=["subject_kind", "subject_id"], name="case_file_subject"),
            models.Index(fields=["procedure", "state", "due", "id"], name="case_file_board"),
            GinIndex(fields=["same_keys"], name="case_file_same", fastupdate=False),
            models.Index(fields=["procedure", "-opened", "id"], name="case_file_list"),
            models.Index(fields=["-opened", "-id"], name="case_file_opened"),
            models.Index(fields=["parent"], name="case_file_parent", condition=~models.Q(parent="")),
        ]


class MissingCase(models.Model):
    """A row of somebody's record for which a case ought to be there (``missing`` of a procedure); whether one is, is asked when it is read.

    ``org`` is the institution that recorded it, ``area`` the person's; ``value`` what a case must hold in its column ``answer`` to meet it.
    """

    pk = models.CompositePrimaryKey("procedure", "rule", "row")
    procedure = models.CharField(max_length=48)
    rule = models.CharField(max_length=48)
    row = models.CharField(max_length=64)
    pid = models.BigIntegerField()
    org = models.CharField(max_length=64, blank=True, default="")
    area = models.CharField(max_length=12, blank=True, default="")
    on = models.DateField()
    code = models.CharField(max_length=32)
    answer = models.CharField(max_length=48)
    value = models.CharField(max_length=64)
    hours = models.FloatField(null=True)
    carry = models.JSONField(default=dict)

    class Meta:
        db_table = "missing_case"
        indexes = [
            models.Index(fields=["pid"], name="missing_case_person"),
            models.Index(fields=["org", "-on"], name="missing_case_org"),
            models.Index(fields=["area", "-on"], name="missing_case_area", opclasses=["text_pattern_ops", "date_ops"]),
        ]


class CaseParty(models.Model):
    """An institution's part in a case, with what its board needs. ``hidden``: named in it, but the case has not come to it yet."""

    pk = models.CompositePrimaryKey("case_id", "party")
    case_id = models.CharField(max_length=64)
    party = models.CharField(max_length=48)
    org = models.CharField(max_length=64)
    procedure = models.CharField(max_length=48)
    state = models.CharField(max_length=48)
    ended = models.BooleanField(default=False)
    due = models.DateTimeField(null=True)
    hidden = models.BooleanField(default=False)

    class Meta:
        db_table = "case_party"
        indexes = [models.Index(fields=["org", "procedure", "state", "due", "case_id"], name="case_party_board")]


class CaseTurn(models.Model):
    """Whose turn it is: a role at an institution, or (``org`` empty) a role wherever it reaches the case's ``area`` or ``owner``."""

    pk = models.CompositePrimaryKey("case_id", "role", "org")
    case_id = models.CharField(max_length=64)
    role = models.CharField(max_length=48)
    org = models.CharField(max_length=64, blank=True, default="")
    procedure = models.CharField(max_length=48)
    area = models.CharField(max_length=12, blank=True, default="")
    owner = models.CharField(max_length=64, blank=True, default="")
    due = models.DateTimeField(null=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "case_turn"
        indexes = [models.Index(fields=["org", "role", "due", "since", "case_id"], name="case_turn_inbox")]


class CaseStep(models.Model):
    """One thing that happened to a case."""

    pk = models.CompositePrimaryKey("case_id", "number")
    case_id = models.CharField(max_length=64)
    number = models.IntegerField()
    kind = models.CharField(max_length=12)
    move = models.CharField(max_length=200)
    from_state = models.CharField(max_length=48)
    state = models.CharField(max_length=48)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=48, blank=True, default="")
    org = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    response = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "case_step"


class CaseTimer(models.Model):
    """A moment at which a case must be looked at. ``again`` is when to try: the moment itself, later after a failure."""

    case_id = models.CharField(max_length=64)
    clock = models.CharField(max_length=48, blank=True, default="")
    kind = models.CharField(max_length=8)
    entry = models.IntegerField(default=-1)
    at = models.DateTimeField()
    begun = models.DateTimeField()
    again = models.DateTimeField()

    class Meta:
        db_table = "case_timer"
        indexes = [models.Index(fields=["again"], name="case_timer_next"), models.Index(fields=["case_id"], name="case_timer_case")]


class Notice(models.Model):
    """Somebody told something: a role at an institution, or wherever it reaches ``area``. ``source`` names what told it, once."""

    source = models.CharField(max_length=160, unique=True)
    case_id = models.CharField(max_length=64, blank=True, default="")
    role = models.CharField(max_length=48)
    org = models.CharField(max_length=64, blank=True, default="")
    area = models.CharField(max_length=12, blank=True, default="")
    says = models.CharField(max_length=300)
    href = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "notice"
        indexes = [models.Index(fields=["org", "role", "-at"], name="notice_box"), models.Index(fields=["case_id"], name="notice_case")]
