"""Where stored visits are corrected: those that several forms made together are corrected as one."""

from urllib.parse import urlencode

from django.urls import reverse

from kangyu.flows import combined_visit


def correction_address(pid: int, response: str) -> str:
    """Where the combined visit to which a response belongs is corrected as one; empty for a response that stands alone."""
    found = combined_visit.stored_together(pid, response)
    query = {"of": ",".join(".".join(one) for one in found), "corrects": ",".join(found.values())}
    return f"{reverse('together', args=[pid])}?{urlencode(query, safe=',')}" if found else ""
