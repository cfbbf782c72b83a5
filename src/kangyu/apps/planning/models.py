"""Plan documents as read, what people decided about each item, and the official figures a county is measured against."""

from django.db import models


class PlanDocument(models.Model):
    """A plan: a file that was read, or figures declared in ``content/plans``. ``text`` is what was read, lines joined by a newline."""

    class State(models.TextChoices):
        DRAFT = "draft", "待审阅"
        OFFICIAL = "official", "正式"
        SUPERSEDED = "superseded", "已被取代"

    area = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    filename = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    first_year = models.IntegerField(null=True)
    last_year = models.IntegerField(null=True)
    text = models.TextField(default="")
    warnings = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    content_key = models.CharField(max_length=64, default="")
    imported_by = models.CharField(max_length=64)
    imported_at = models.DateTimeField(auto_now_add=True)
    official_by = models.CharField(max_length=64, default="")
    official_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "plan_document"
        ordering = ("-imported_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["area", "digest"], name="plan_document_once"),
            models.UniqueConstraint(fields=["area"], condition=models.Q(state="official"), name="plan_document_one_official"),
        ]

    @property
    def lines(self) -> list[str]:
        """The text line by line; places count lines from 1."""
        return self.text.split("\n")


class PlanItem(models.Model):
    """One thing found in a document: ``data`` as read, ``corrected`` as a person put it right; the place and words it stands in."""

    class Kind(models.TextChoices):
        OUTLINE = "outline", "标题"
        INDICATOR = "indicator", "指标"
        COMMITMENT = "commitment", "承诺"
        TASK = "task", "任务"
        PROJECT = "project", "项目"

    class State(models.TextChoices):
        PENDING = "pending", "待审"
        ACCEPTED = "accepted", "已采纳"
        CORRECTED = "corrected", "已更正"
        DISCARDED = "discarded", "已弃用"

    document = models.ForeignKey(PlanDocument, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    ordinal = models.IntegerField()
    data = models.JSONField()
    corrected = models.JSONField(null=True)
    quote = models.TextField()
    line = models.IntegerField()
    start = models.IntegerField()
    end = models.IntegerField()
    doubts = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)

    class Meta:
        db_table = "plan_item"
        ordering = ("document_id", "kind", "ordinal")
        constraints = [models.UniqueConstraint(fields=["document", "kind", "ordinal"], name="plan_item_once")]

    @property
    def value(self) -> dict:
        """The item as it counts: corrected where somebody corrected it."""
        return self.data if self.corrected is None else self.corrected


class PlanItemChange(models.Model):
    """Who decided what about an item, when and why. Rows are only added."""

    item = models.ForeignKey(PlanItem, models.CASCADE, related_name="changes")
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=64)
    action = models.CharField(max_length=12)
    before = models.JSONField()
    after = models.JSONField()
    reason = models.TextField(default="")

    class Meta:
        db_table = "plan_item_change"
        ordering = ("-id",)


class Target(models.Model):
    """One official row: what was, what shall be, and the indicator that measures it (empty where none is known)."""

    document = models.ForeignKey(PlanDocument, models.CASCADE, related_name="targets")
    item = models.ForeignKey(PlanItem, models.SET_NULL, null=True)
    area = models.CharField(max_length=12)
    ordinal = models.IntegerField()
    seq = models.CharField(max_length=8)
    category = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    baseline_year = models.IntegerField()
    baseline_raw = models.CharField(max_length=80, blank=True)
    baseline = models.FloatField(null=True)
    target_year = models.IntegerField()
    target_raw = models.CharField(max_length=120, blank=True)
    target = models.FloatField(null=True)
    comparator = models.CharField(max_length=24)
    relative = models.BooleanField(default=False)
    nature = models.CharField(max_length=12)
    indicator = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "plan_target"
        ordering = ("document_id", "ordinal")
        constraints = [models.UniqueConstraint(fields=["document", "ordinal"], name="plan_target_once")]
