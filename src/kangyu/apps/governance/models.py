"""Accounts and the append-only audit trail."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class AccountManager(BaseUserManager):
    """Creates accounts; Django asks for this class by its shape."""

    def create_user(self, username: str, password: str | None = None, **fields) -> "Account":
        account = self.model(username=self.model.normalize_username(username), **fields)
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser):
    """Someone who signs in: one role, within one area and, for care teams, one institution."""

    username = models.CharField("账号", max_length=64, unique=True)
    display_name = models.CharField("姓名", max_length=64)
    role = models.CharField("角色", max_length=64)
    area = models.CharField("管辖区域代码", max_length=12, blank=True, default="")
    org = models.CharField("所在机构", max_length=64, blank=True, default="")
    practitioner_role = models.CharField("岗位资源", max_length=64, blank=True, default="")
    synthetic = models.BooleanField("演示账号", default=False)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()
    USERNAME_FIELD = "username"

    class Meta:
        db_table = "account"
        ordering = ("role", "username")

    def __str__(self) -> str:
        return self.username


class AuditEvent(models.Model):
    """Who did what to whose record, when and why. Rows are only ever added; seals make later changes visible."""

    at = models.DateTimeField(auto_now_add=True)
    account = models.CharField(max_length=64)
    action = models.CharField(max_length=48)
    purpose = models.CharField(max_length=200, blank=True, default="")
    pids = ArrayField(models.BigIntegerField(), default=list)
    target = models.CharField(max_length=160, blank=True, default="")
    outcome = models.CharField(max_length=16, default="done")

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["account", "-at"], name="audit_account"),
            GinIndex(fields=["pids"], name="audit_pids"),
        ]


class AuditSeal(models.Model):
    """A hash over all audit rows up to ``last``, chained to the seal before it: a changed row no longer fits its seal."""

    first = models.BigIntegerField()
    last = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_seal"


class DeploymentFact(models.Model):
    """One fact about this deployment, by key."""

    key = models.CharField(max_length=48, primary_key=True)
    value = models.TextField(blank=True, default="")

    class Meta:
        db_table = "deployment_fact"


class AccessToken(models.Model):
    """A key by which another system calls the FHIR interface as an account; only its SHA-256 is kept."""

    digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    label = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "access_token"
