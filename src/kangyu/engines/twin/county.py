"""Writing a county: the directory first, then village by village, each from its own random numbers."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import orjson

from kangyu.kernel.child_process import become_pool_process

from . import checks, children, chronic, contacts, epidemics, maternity, residents
from . import directory_shapes as directory
from . import illness as illnesses
from .calibration import FIRST_YEAR
from .parameters import Manifest, TwinParameters
from .place import Place
from .plan import CountyPlan, make
from .readings import Bodies
from .shapes import lines
from .writing import Files

Progress = Callable[[int, int, int], None]
"""Called with villages done, villages in all, resources written."""


def generate(parameters: TwinParameters, out: Path, progress: Progress | None = None, processes: int = 1) -> Manifest:
    """Write the county to ``out`` as NDJSON with a ``manifest.json``; the bytes depend on the parameters alone."""
    plan = make(parameters)
    files = Files(out)
    written = sum(files.append(kind, part) for kind, part in _directory(plan))
    for done, documents in enumerate(_villages(plan, processes), 1):
        written += sum(files.append(kind, part) for kind, part in documents.items())
        if progress:
            progress(done, len(plan.villages), written)
    manifest = _manifest(plan, files)
    (out / "manifest.json").write_bytes(orjson.dumps(manifest.as_json(), option=orjson.OPT_INDENT_2))
    return manifest


def village_documents(plan: CountyPlan, village: int) -> dict[str, str]:
    """All resources of one village as lines by type; they depend on the plan and the village's number only."""
    place = Place(plan, village)
    place.write("Patient", residents.patients(plan, place.people))
    place.write("Observation", residents.deaths(place.people))
    illness = illnesses.fall_ill(place)
    bodies = Bodies(place, illness)
    chronic.follow_up(place, illness, bodies)
    checks.check_health(place, illness, bodies)
    checks.follow_mental_disorder(place, illness)
    children.vaccinate(place)
    children.check_growth(place)
    maternity.give_birth(place)
    contacts.consult(place, illness, bodies)
    contacts.stay_in_hospital(place)
    epidemics.spread(place)
    return place.documents()


def _directory(plan: CountyPlan) -> Iterator[tuple[str, str]]:
    seed = plan.parameters.seed
    yield "Organization", lines(directory.organizations(plan.register, plan.terrain))
    yield "Location", lines(directory.areas(plan.terrain, plan.projection, plan.parameters))
    yield "Location", lines(directory.beds(plan.facilities))
    yield "HealthcareService", lines(directory.services(plan.facilities))
    yield "Practitioner", lines(directory.practitioners(plan.staff, plan.as_of, seed))
    yield "PractitionerRole", lines(directory.practitioner_roles(plan.staff, plan.as_of))
    yield "Device", lines(directory.devices(plan.facilities))
    yield "MeasureReport", lines(directory.reports(plan.register, plan.aims, plan.parameters))


def _villages(plan: CountyPlan, processes: int) -> Iterator[dict[str, str]]:
    numbers = range(len(plan.villages))
    if processes == 1:
        yield from (village_documents(plan, number) for number in numbers)
        return
    with ProcessPoolExecutor(processes, initializer=_remember, initargs=(plan.parameters,)) as pool:
        waiting: deque[Future[dict[str, str]]] = deque()
        for number in numbers:
            waiting.append(pool.submit(_remembered_village, number))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        yield from (future.result() for future in waiting)


_PLANS: list[CountyPlan] = []  # of a worker process: made once, when it starts


def _remember(parameters: TwinParameters) -> None:
    become_pool_process()
    _PLANS[:] = [make(parameters)]


def _remembered_village(number: int) -> dict[str, str]:
    return village_documents(_PLANS[0], number)


def _manifest(plan: CountyPlan, files: Files) -> Manifest:
    parameters = plan.parameters
    names = files.close()
    return Manifest(
        as_of=parameters.as_of.isoformat(),
        seed=parameters.seed,
        residents=parameters.residents,
        residents_at_as_of=int(plan.projection.residents_at_end(parameters.as_of.year).sum()),
        plan=parameters.plan,
        counts=dict(sorted(files.counts.items())),
        files=names,
        period={"start": f"{FIRST_YEAR}-01-01", "end": parameters.as_of.isoformat()},
    )
