"""How a thing came to be as it is: each version, what it changed, who wrote it, and why."""

from typing import Any

from kangyu.apps.governance import clock
from kangyu.apps.governance.queries import display_names
from kangyu.apps.registers import queries
from kangyu.apps.registers.models import Thing
from kangyu.engines.content.kinds import Register
from kangyu.web.things import value_words


def history_of(one: Thing, register: Register) -> list[dict[str, Any]]:
    """Each version and what it changed, who wrote it, and why where a reason was given."""
    found, authors = queries.history(one), queries.authors(one)
    names = display_names(authors.values())
    lines = []
    for (stored, facts), before in zip(found, [*(facts for _, facts in found[1:]), None], strict=True):
        changed = []
        if before is None:
            since = f"（{facts.since} 启用）" if facts.since else ""
            changed.append(f"登记{since}")
        else:
            if facts.state != before.state:
                changed.append(f"状态：{register.states.get(before.state, '—')} → {register.states.get(facts.state, facts.state)}")
            old, new = before.all_values(register), facts.all_values(register)
            changed += [f"{asked.title}：{value_words(asked, old[key])} → {value_words(asked, new[key])}"
                        for key, asked in register.fields.items() if old[key] != new[key]]  # fmt: skip
            if (facts.longitude, facts.latitude) != (before.longitude, before.latitude):
                changed.append("改了位置")
            if facts.org != before.org:
                changed.append("换了责任机构")
        author = authors.get(stored.vid, "")
        lines.append({"at": clock.shown(stored.updated), "changed": changed or ["没有改动"], "why": facts.why,
                      "by": names.get(author, "" if author == "system" else author)})  # fmt: skip
    return lines
