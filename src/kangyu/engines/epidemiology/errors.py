"""What makes a figure impossible to compute, in words for the person who asked for it."""

from kangyu.kernel.errors import UserError


class NotComputableError(UserError):
    """The data do not allow the figure: an age band without people, no live births, no deaths in the open band."""
