"""Balances by account, the postings that made them (only ever added), and what is held for whom until when."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

AMOUNT = {"max_digits": 20, "decimal_places": 4}


class LedgerBalance(models.Model):
    """What lies on one account. ``account`` has a text for every dimension of the ledger; ``unbounded`` balances may fall below nothing."""

    ledger = models.CharField(max_length=48)
    account = models.JSONField()
    expires = models.DateField(null=True)
    quantity = models.DecimalField(**AMOUNT, default=0)
    held = models.DecimalField(**AMOUNT, default=0)
    unbounded = models.BooleanField(default=False)

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.UniqueConstraint(fields=["ledger", "account"], name="ledger_balance_account"),
            models.CheckConstraint(condition=Q(held__gte=0), name="ledger_balance_held"),
            models.CheckConstraint(condition=Q(unbounded=True) | Q(quantity__gte=F("held")), name="ledger_balance_backed"),
        ]
        indexes = [
            GinIndex(fields=["account"], name="ledger_balance_values", opclasses=["jsonb_path_ops"], fastupdate=False),
            models.Index(fields=["ledger", "expires"], name="ledger_balance_expires"),
        ]


class LedgerPosting(models.Model):
    """Entries that were posted together, under a key that posts once. ``source`` is what they follow from (``Task/…``)."""

    ledger = models.CharField(max_length=48)
    key = models.CharField(max_length=160)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    on = models.DateField()
    author = models.CharField(max_length=64)
    reason = models.CharField(max_length=400, blank=True, default="")
    source = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        db_table = "ledger_posting"
        constraints = [models.UniqueConstraint(fields=["ledger", "key"], name="ledger_posting_once")]
        indexes = [models.Index(fields=["source"], name="ledger_posting_source")]


class LedgerEntry(models.Model):
    """What a posting changed on one account. The sum over all entries of an account is its balance; ``after`` is how it then stood."""

    posting = models.ForeignKey(LedgerPosting, on_delete=models.PROTECT, related_name="entries")
    balance = models.ForeignKey(LedgerBalance, on_delete=models.PROTECT, related_name="entries", db_index=False)
    verb = models.CharField(max_length=8)
    quantity = models.DecimalField(**AMOUNT)
    held = models.DecimalField(**AMOUNT)
    hold_key = models.CharField(max_length=160, blank=True, default="")
    after = models.DecimalField(**AMOUNT)

    class Meta:
        db_table = "ledger_entry"
        indexes = [models.Index(fields=["balance", "-id"], name="ledger_entry_account")]


class LedgerHold(models.Model):
    """How much of an account is still held under a key; it lapses by itself."""

    ledger = models.CharField(max_length=48)
    key = models.CharField(max_length=160)
    balance = models.ForeignKey(LedgerBalance, on_delete=models.PROTECT, related_name="holds", db_index=False)
    quantity = models.DecimalField(**AMOUNT)
    lapses_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledger_hold"
        constraints = [
            models.UniqueConstraint(fields=["ledger", "key", "balance"], name="ledger_hold_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="ledger_hold_quantity"),
        ]
        indexes = [
            models.Index(fields=["lapses_at", "id"], name="ledger_hold_lapses", condition=Q(quantity__gt=0)),
            models.Index(fields=["balance"], name="ledger_hold_account", condition=Q(quantity__gt=0)),
        ]
