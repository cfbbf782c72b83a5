"""Drafts of forms. They are nobody's facts: no rule, list or figure reads this table."""

from django.db import models


class FormDraft(models.Model):
    """What one account has typed into one form at one place (a person's visit, a move of a case), as the page would send it."""

    pk = models.CompositePrimaryKey("account", "place")
    account = models.CharField(max_length=150)
    place = models.CharField(max_length=200)
    pairs = models.JSONField()
    updated = models.DateTimeField()

    class Meta:
        db_table = "form_draft"
        indexes = [models.Index(fields=["account", "updated"], name="form_draft_age")]
