"""Finding what is out of the ordinary in series of counts.

Series are arrays whose last axis is the day (or the week); every method works on one series or on thousands at once and gives a
``Found`` of the same shape: what was expected, the bound above it, and where it was exceeded. ``nan`` is "not known".

``detect(values, method)``    many series, every day           ``judge(values, position, method)``    one series, one day, in plain Python

The two are tested equal; EARS, CUSUM and Farrington flexible raise the alarms that R's ``surveillance`` 1.20 raises.
"""

from .methods import Method, detect, judge
from .result import Found, Judged

__all__ = ["Found", "Judged", "Method", "detect", "judge"]
