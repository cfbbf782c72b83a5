"""Who sees which things, and who may keep them."""

from django.db.models import Q

from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.registers import declared
from kangyu.apps.registers.models import Thing
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.action import Actor
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission


def registers_of(viewer: Viewer) -> list[str]:
    """The registers whose things the viewer's role has to do with."""
    known = declared.registers()
    if viewer is SYSTEM:
        return list(known)
    if not viewer.may(Permission.REGISTER_VIEW):
        return []
    return [key for key, register in known.items() if is_one_of(viewer, register.actors)]


def reach(viewer: Viewer) -> Q:
    """The things a viewer sees: of registers of the own role, in the own area or institution; what lies nowhere is everybody's."""
    if viewer is SYSTEM:
        return Q()
    own = Q(pk__in=[])
    if viewer.within == "institution" and viewer.org:
        own = Q(org=viewer.org)
    elif viewer.within in ("county", "township") and viewer.area:
        own = Q(area__startswith=viewer.area)
    return Q(register__in=registers_of(viewer)) & (own | Q(org="", area=""))


def find(viewer: Viewer, id: str) -> Thing:
    """One thing within reach. An outsider cannot tell what is out of reach from what does not exist."""
    thing = Thing.objects.filter(reach(viewer), id=id).first()
    if thing is None:
        raise UserError("没有找到这一件，或不在您的管辖范围内。请回到登记册列表。")
    return thing


def is_keeper(viewer: Viewer, register: Register) -> bool:
    """Whether the viewer's role keeps this register."""
    if viewer is SYSTEM:
        return True
    return viewer.may(Permission.REGISTER_KEEP) and is_one_of(viewer, register.kept_by)


def is_one_of(viewer: Viewer, actors: tuple[str, ...], org: str = "") -> bool:
    """Whether the viewer is one of the actors; ``at …`` asks for the institution responsible for the thing."""
    if viewer is SYSTEM:
        return True
    every = [actor for text in actors for actor in Actor.read(text)]
    return any(actor.role == viewer.role and (not actor.party or not org or viewer.org == org) for actor in every)


def require_keeper(viewer: Viewer, register: Register, *, org: str, area: str) -> None:
    """Raise ``DeniedError`` unless the viewer keeps this register and the thing lies (or will lie) within reach."""
    if viewer is SYSTEM:
        return
    if not is_keeper(viewer, register):
        raise DeniedError(f"{register.title}不由您的角色登记和修改。如工作需要，请联系管理员调整角色。")
    inside = org == viewer.org if viewer.within == "institution" else bool(viewer.area) and area.startswith(viewer.area)
    if not inside:
        raise DeniedError("这一件不在您的管辖范围内，不能登记或修改。请核对所在地区和责任机构。")
