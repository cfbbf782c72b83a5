"""Whether what was signed is what is stored: digests over the sheet's text, over each signature's and each line."""

from kangyu.apps.statements.models import Sheet, SheetLine
from kangyu.engines.statements import canonical, digest_of
from kangyu.kernel.errors import UserError


class SealBroken(UserError):
    """The stored sheet is not the one that was signed."""


def require_whole(sheet: Sheet) -> None:
    """Raise ``SealBroken`` unless text, signatures and lines fit their digests; done at every opening."""
    if digest_of(sheet.text) != sheet.digest:
        raise SealBroken("这张表的内容与封存时的校验值不符，可能被人在系统之外改动过。请不要据此付款，并联系管理员查审计。")
    valid = [step for step in signatures(sheet) if step.digest != sheet.digest]
    if valid:
        raise SealBroken(f"{valid[0].name}签字时的内容与现在的不一样。请不要据此付款，并联系管理员查审计。")
    for line in sheet.lines.all():
        if line.digest != line_digest(sheet, line):
            raise SealBroken("有一条更正与记下时的校验值不符，可能被人在系统之外改动过。请联系管理员查审计。")


def signatures(sheet: Sheet) -> list:
    """The signatures that stand: those given since the sheet was last computed or returned."""
    standing: list = []
    for step in sheet.steps.order_by("number"):
        if step.signed:
            standing.append(step)
        elif step.move in ("compute", "return"):
            standing = []
    return standing


def line_digest(sheet: Sheet, line: SheetLine) -> str:
    """SHA-256 over what a correction says and the digest of the sheet it corrects."""
    said = {
        "sheet": sheet.digest, "org": line.org, "column": line.column, "amount": f"{line.amount:.2f}", "reason": line.reason,
        "case": line.case, "key": line.key, "account": line.account,
    }  # fmt: skip
    return digest_of(canonical(said))
