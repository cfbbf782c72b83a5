"""What the one door may answer instead of storing."""

from kangyu.kernel.errors import ProblemsError, UserError


class InvalidError(ProblemsError):
    """The content is not acceptable; nothing was stored."""


class ConflictError(UserError):
    """Somebody else changed it first."""


class GoneError(UserError):
    """It is not there, or no longer."""
