"""Facts about this deployment: which county it serves, whether its data is synthetic, how far its set-up has come."""

from kangyu.apps.governance.models import DeploymentFact


def fact(key: str) -> str:
    """The value of one fact, empty when it was never set. Known keys: ``county``, ``county_name``, ``as_of``, ``synthetic``, ``plan``."""
    return DeploymentFact.objects.filter(key=key).values_list("value", flat=True).first() or ""


def facts() -> dict[str, str]:
    """All facts."""
    return dict(DeploymentFact.objects.values_list("key", "value"))


def set_fact(key: str, value: str) -> None:
    """Set one fact."""
    DeploymentFact.objects.update_or_create(key=key, defaults={"value": value})
