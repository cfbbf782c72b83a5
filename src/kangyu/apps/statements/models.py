"""Sheets, each the one text that was computed; what people did with it (steps and signatures), and how it was corrected.

Once ``frozen`` (shown to those it pays) the database refuses to change the text; steps and lines are only ever added.
"""

from django.db import models


class Sheet(models.Model):
    """One statement of one period. ``text`` is canonical JSON (``engines.statements.frozen``), ``digest`` its SHA-256."""

    key = models.CharField(max_length=48)
    title = models.CharField(max_length=120)
    area = models.CharField(max_length=12)
    period_start = models.DateField()
    period_end = models.DateField()
    state = models.CharField(max_length=48)
    since = models.DateTimeField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    frozen = models.BooleanField(default=False)
    computed_at = models.DateTimeField()
    computed_by = models.CharField(max_length=64)
    appeal_until = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        db_table = "statement_sheet"
        constraints = [models.UniqueConstraint(fields=["key", "area", "period_start"], name="statement_sheet_once")]


class SheetRow(models.Model):
    """One institution of a sheet, in its order: a projection of the text for lists. ``amount`` is the column that corrections go to."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="rows")
    place = models.IntegerField()
    org = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    share = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta:
        db_table = "statement_row"
        constraints = [models.UniqueConstraint(fields=["sheet", "org"], name="statement_row_once")]
        indexes = [models.Index(fields=["org", "-id"], name="statement_row_org")]


class SheetStep(models.Model):
    """What was done with a sheet, in order: computed, signed, returned, settled, paid. ``digest`` is the text's at that moment."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="steps")
    number = models.IntegerField()
    move = models.CharField(max_length=48)
    title = models.CharField(max_length=60)
    from_state = models.CharField(max_length=48, blank=True, default="")
    to_state = models.CharField(max_length=48)
    signed = models.BooleanField(default=False)
    account = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True, default="")
    role = models.CharField(max_length=48, blank=True, default="")
    at = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "statement_step"
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="statement_step_order")]


class SheetLine(models.Model):
    """A signed correction of one row's amount. ``digest`` seals the line together with the sheet it belongs to."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="lines")
    org = models.CharField(max_length=64)
    column = models.CharField(max_length=48)
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    reason = models.CharField(max_length=400)
    case = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=160)
    account = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True, default="")
    role = models.CharField(max_length=48, blank=True, default="")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "statement_line"
        constraints = [models.UniqueConstraint(fields=["sheet", "key"], name="statement_line_once")]


class SampleDraw(models.Model):
    """Records drawn by lot to be asked after, once for each statement and period; never changed.

    ``units`` in the order drawn: ``row`` (institution of the sheet), ``record``, ``form``, ``org``, ``pid``, ``patient``, ``on``.
    ``population`` says how many records of each row there were; ``digest`` is the SHA-256 of their list.
    """

    key = models.CharField(max_length=48)
    area = models.CharField(max_length=12)
    period_start = models.DateField()
    period_end = models.DateField()
    each = models.IntegerField()
    seed = models.CharField(max_length=64)
    population = models.JSONField()
    digest = models.CharField(max_length=64)
    units = models.JSONField()
    account = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "statement_draw"
        constraints = [models.UniqueConstraint(fields=["key", "area", "period_start"], name="statement_draw_once")]
