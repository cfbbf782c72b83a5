"""The one form component: whatever is declared as a form is drawn and read here, for visits, for moves of cases and for things.

    drawn = draw(prepared, values, result=None, problems=(), last=None, prefix="", strict=False, today=None) -> Drawn
    {% include "components/form/parts.html" with parts=drawn.parts %}        within a <form class="form" data-form …>
    answers, reasons = read(prepared, request.POST, request.FILES, prefix="", look=look_up(request.viewer), stored={})
    result = kangyu.engines.forms.check_answers(prepared, answers, subject=…, reasons=reasons)

While somebody types, a view answers with ``components/form/judged.html`` (``{"parts": drawn.parts, "live": True}``): the findings under
each field and the computed values. ``static/kangyu/form.js`` does the rest; everything also works without it.
"""

from .drawing import Drawn, Last, draw
from .lookups import look_up
from .reading import read

__all__ = ["Drawn", "Last", "draw", "look_up", "read"]
