"""Due lists under changed rules: when the programmes or what they are made of change, everybody's status is worked out anew."""

import hashlib
import json

from kangyu.apps.cases.actions import missing, status
from kangyu.apps.governance import deployment
from kangyu.engines.content import Content
from kangyu.gateways import content

FACT = "care_rules"
"""The deployment fact that holds the digest of the rules by which the lists were last worked out as a whole."""
KINDS = ("programme", "form", "terminology", "definition", "settings", "view")


def digest(now: Content) -> str:
    """A digest of everything a due list depends on."""
    if "care_rules" not in now.worked_out:
        of_work = [one.value for one in now.documents.values() if one.value.get("kind") in KINDS]
        text = json.dumps(sorted(json.dumps(value, default=str, sort_keys=True) for value in of_work))
        now.worked_out["care_rules"] = hashlib.sha256(text.encode()).hexdigest()
    return str(now.worked_out["care_rules"])


def due() -> str:
    """Why the lists are to be worked out anew, in a word; empty when they are not. A new deployment's lists were just made."""
    known, now = deployment.fact(FACT), digest(content.current())
    if not known:
        deployment.set_fact(FACT, now)
    return "rules" if known and known != now else ""


def rederive() -> int:
    """Work out everybody's status by the rules in force. Returns how many people."""
    mark = digest(content.current())
    done = status.rebuild()
    missing.rebuild()
    deployment.set_fact(FACT, mark)
    return done
