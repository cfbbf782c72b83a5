"""Who is asking, what they may do, and which people, places and institutions they may see."""

from dataclasses import dataclass
from datetime import timedelta

from kangyu.apps.governance import clock
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError
from kangyu.kernel.permission import Permission


@dataclass(frozen=True)
class Viewer:
    """The account behind a request, its role's rights spelled out. ``within``: ``county``, ``township``, ``institution`` or ``none``."""

    username: str
    display_name: str = ""
    role: str = ""
    role_title: str = ""
    area: str = ""
    org: str = ""
    practitioner_role: str = ""
    within: str = "none"
    may_do: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.may_do

    def require(self, permission: Permission) -> None:
        """Raise ``DeniedError`` unless the role has the permission."""
        if not self.may(permission):
            raise DeniedError("您的角色没有这项权限。如工作需要，请联系管理员调整角色。")

    def reaches_area(self, code: str) -> bool:
        """Whether some of the people of an area may be within reach; what ``people`` lets through is decided there."""
        return self.within != "none" and (code.startswith(self.area) or self.area.startswith(code))

    def reaches_institution(self, org: str) -> bool:
        """Whether people of an institution may be within reach."""
        return self.within in ("county", "township") or (self.within == "institution" and org == self.org)

    def people(self, alias: str = "person") -> tuple[str, list]:
        """The SQL condition (and its parameters) that keeps only the people this viewer may see; ``alias`` is the person table's name."""
        if not (self.may(Permission.PERSON_VIEW) or self.may(Permission.RECORD_EXCHANGE)):
            return "false", []
        if self.within == "county":
            return f"{alias}.area LIKE %s", [f"{self.area}%"]
        if self.within == "township" and self.area:
            return f"{alias}.area LIKE %s", [f"{self.area}%"]
        if self.within == "institution" and self.org:
            return f"{alias}.org = %s", [self.org]
        return "false", []


TREATED_DAYS = 90
TREATED = """
EXISTS (SELECT 1 FROM resource seen WHERE seen.pid = {alias}.pid AND seen.rtype IN ('Encounter', 'Condition') AND seen.org = %s
AND seen.d_lo > %s)
"""


def reached(viewer: Viewer, alias: str = "person") -> tuple[str, list]:
    """``viewer.people`` and, for a role that may see who was treated here, whoever was seen at its institution in the last 90 days.

    For one person or a few that a search found; the lists of an institution hold its own residents.
    """
    own, parameters = viewer.people(alias)
    if viewer.within != "institution" or not viewer.org or not viewer.may(Permission.PERSON_TREATED):
        return own, parameters
    since = clock.today() - timedelta(days=TREATED_DAYS)
    return f"({own} OR {TREATED.format(alias=alias)})", [*parameters, viewer.org, since]


SYSTEM = Viewer(username="system", display_name="系统", role="system", within="county", may_do=frozenset(Permission))


def viewer_of(account) -> Viewer:
    """The viewer for a signed-in account; an account whose role is not declared may do nothing."""
    role = content.current().roles.get(account.role)
    if role is None or not account.is_active:
        return Viewer(username=account.username, display_name=account.display_name, role=account.role)
    return Viewer(
        username=account.username,
        display_name=account.display_name,
        role=account.role,
        role_title=role.title,
        area=account.area,
        org=account.org,
        practitioner_role=account.practitioner_role,
        within=role.within,
        may_do=frozenset(role.may),
    )
