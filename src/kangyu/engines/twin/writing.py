"""NDJSON files, one per resource type, written part by part as villages are finished."""

from pathlib import Path
from typing import BinaryIO

ORDER = (
    "Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "Device", "Patient", "EpisodeOfCare", "Condition",
    "Encounter", "QuestionnaireResponse", "Observation", "Immunization", "MeasureReport",
)  # fmt: skip
PART_BYTES = 1_000_000_000


class Files:
    """Open files of one folder; a type that grows beyond a gigabyte continues in numbered parts."""

    def __init__(self, folder: Path, part_bytes: int = PART_BYTES):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._part_bytes = folder, part_bytes
        self._open: dict[str, BinaryIO] = {}
        self._parts: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        for old in folder.glob("*.ndjson"):
            old.unlink()

    def append(self, kind: str, lines: str) -> int:
        """Add finished lines to the file of a type; returns how many."""
        if not lines:
            return 0
        content = lines.encode()
        file = self._open.get(kind)
        if file is None or (file.tell() + len(content) > self._part_bytes and file.tell()):
            file = self._next(kind)
        file.write(content)
        added = lines.count("\n")
        self.counts[kind] = self.counts.get(kind, 0) + added
        return added

    def _next(self, kind: str) -> BinaryIO:
        if kind in self._open:
            self._open[kind].close()
        part = self._parts.get(kind, 0)
        self._parts[kind] = part + 1
        self._open[kind] = (self._folder / f"{kind}.{part:03d}.ndjson").open("wb")
        return self._open[kind]

    def close(self) -> list[str]:
        """Close all; a type in one part gets its plain name. Returns the file names in an order that can be imported."""
        names = []
        for kind in ORDER:
            if kind not in self._open:
                continue
            self._open[kind].close()
            parts = [f"{kind}.{part:03d}.ndjson" for part in range(self._parts[kind])]
            if len(parts) == 1:
                (self._folder / parts[0]).rename(self._folder / f"{kind}.ndjson")
                parts = [f"{kind}.ndjson"]
            names += parts
        return names
