"""Taking plan files into the store of a deployment, from the command line or a page."""

from collections.abc import Iterable
from pathlib import Path

from kangyu.apps.governance import deployment
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.planning.actions.documents import Imported, import_document
from kangyu.kernel.errors import UserError


def store(paths: Iterable[Path], *, area: str = "", by: Viewer = SYSTEM) -> list[Imported]:
    """Take files in as drafts for an area (the deployment's county where none is given), one transaction each.

    A file taken in before is recognised. ``UserError`` when the deployment serves no county yet or a file cannot be read.
    """
    area = area or deployment.fact("county")
    if not area:
        raise UserError("还不知道这套系统服务哪个县区。请先导入区域，或用 --area 写出区划代码。")
    return [import_document(data=_bytes(path), filename=path.name, area=area, by=by) for path in paths]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} 打不开，请检查路径和权限。") from error
