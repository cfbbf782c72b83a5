"""A schedule of doses: series of vaccines, at which ages, how far apart, until when; who must not have which."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Key, Model, SpanText, Title, Validity


class After(Model):
    """A dose that waits for another series: ``gaps`` by how many of its doses were given, the last for any more; null is no wait."""

    series: Key
    gaps: tuple[SpanText | None, ...] = Field(min_length=1)


class Sooner(Model):
    """An earlier age where another series has fewer doses than that."""

    series: Key
    fewer_than: int = Field(ge=1)
    at: SpanText


class Early(Model):
    """A dose given by its maker's instructions before the schedule asks for it: it counts where, with it, ``least`` doses of ``of`` do."""

    of: tuple[Key, ...] = Field(min_length=1)
    least: int = Field(1, ge=1)


class Dose(Model):
    """One row of the table: least age, recommended end, least gap since the dose before."""

    at: SpanText = Field(description="达到这个年龄起可以接种")
    by: SpanText | None = Field(None, description="推荐在满这个年龄之前完成")
    gap: SpanText | None = Field(None, description="与前一剂至少隔多久")
    within: SpanText | None = Field(None, description="与前一剂最好不超过多久")
    since_first: SpanText | None = Field(None, description="与第 1 剂至少隔多久")
    vaccine: Key | None = Field(None, description="用哪种疫苗；不写则用这个系列的第一种")
    older: Mapping[SpanText, Key] = Field(default_factory=dict, description="从哪个年龄起改用哪种疫苗")
    not_from: SpanText | None = Field(None, description="从这个年龄起不再接种这一剂")
    ask_from: SpanText | None = Field(None, description="从这个年龄起接种前要先做什么")
    ask: str | None = None
    after: After | None = None
    sooner: Sooner | None = None
    early: Early | None = Field(None, description="程序要求之前（年龄不到，或程序还没实施）已按说明书种过的，什么情况也算这一剂")
    route: Key | None = None
    site: Key | None = None
    amount: str | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if bool(self.ask_from) != bool(self.ask):
            raise ValueError("ask_from 和 ask 要一起写")
        return self


class Born(Model):
    """Birth dates a course is for, both ends included."""

    from_: date | None = Field(None, alias="from")
    to: date | None = None


class Holding(Model):
    """A component that a complete series must hold so many times: type II polio, rubella."""

    title: Title
    of: tuple[Key, ...] = Field(min_length=1)
    least: int = Field(ge=1)
    give: Key


class Course(Model):
    """The doses of a series for some people: the first course that fits is theirs.

    ``on``: the days on which it is the rule; ``born``: whose; ``state``: with which special state of health;
    ``with``: where the series was begun with that vaccine, or must go on with it.
    """

    doses: tuple[Dose, ...] = Field(min_length=1)
    on: Validity | None = None
    born: Born | None = None
    sex: Literal["male", "female"] | None = None
    state: Key | None = None
    with_: Key | None = Field(None, alias="with")
    holds: tuple[Holding, ...] = ()
    first_uncounted: bool = Field(False, description="出生时那一剂不计入")
    source: str | None = None


class Series(Model):
    """Doses against one disease. ``vaccines`` count for it, the usual one first."""

    title: Title
    vaccines: tuple[Key, ...] = Field(min_length=1)
    until: SpanText | None = Field(None, description="满这个年龄不再补种；不写则同全表")
    courses: tuple[Course, ...] = Field(min_length=1)
    first: bool = Field(False, description="不能同一天接种时优先")


class HealthState(Model):
    """A special state of health: what is forbidden, put off or left to a doctor's judgement, and what may be given instead."""

    title: Title
    forbids: tuple[Key, ...] = ()
    postpones: tuple[Key, ...] = ()
    assess: tuple[Key, ...] = ()
    instead: Mapping[Key, Key] = Field(default_factory=dict)
    source: str | None = None


class Asked(Model):
    """In which fields of which form the facts stand that keep somebody from a vaccine."""

    form: Key
    states: Key
    allergic_to: Key
    immunoglobulin_on: Key
    deferred_until: Key | None = Field(None, description="约定推迟到哪天，在最近一次的表里")


class DoseSchedule(Model):
    """The whole table. Injected live vaccines not given on one day are ``live_apart`` from each other."""

    series: Mapping[Key, Series] = Field(min_length=1)
    until: SpanText = "18 years"
    live_injected: tuple[Key, ...] = ()
    live_apart: SpanText = "28 days"
    after_immunoglobulin: Mapping[Key, SpanText] = Field(default_factory=dict, description="用过免疫球蛋白后，哪种疫苗至少隔多久")
    late_after: SpanText = Field("30 days", description="应种后满这么久还没有接种，算漏种")
    states: Mapping[Key, HealthState] = Field(default_factory=dict)
    asks: Asked | None = None
    vaccines: Key = Field(description="疫苗的代码系统（值集）")

    @model_validator(mode="after")
    def _names_its_own(self) -> Self:
        known = {vaccine for series in self.series.values() for vaccine in series.vaccines}
        for key, series in self.series.items():
            for course in series.courses:
                if course.state and course.state not in self.states:
                    raise ValueError(f"{key}：states 里没有 {course.state}")
                named = [one.vaccine for one in course.doses if one.vaccine] + [course.with_] * bool(course.with_)
                named += [vaccine for one in course.doses for vaccine in one.older.values()] + [one.give for one in course.holds]
                named += [vaccine for one in course.doses if one.early for vaccine in one.early.of]
                for vaccine in named:
                    if vaccine not in series.vaccines:
                        raise ValueError(f"{key}：vaccines 里没有 {vaccine}")
                for other in [one.after.series for one in course.doses if one.after] + [
                    one.sooner.series for one in course.doses if one.sooner
                ]:
                    if other not in self.series:
                        raise ValueError(f"{key}：没有系列 {other}")
        unknown = [vaccine for vaccine in self.after_immunoglobulin if vaccine not in known]
        if unknown:
            raise ValueError(f"after_immunoglobulin：没有疫苗 {'、'.join(unknown)}")
        for name, state in self.states.items():
            for vaccine in (*state.forbids, *state.postpones, *state.assess, *state.instead, *state.instead.values()):
                if vaccine not in known:
                    raise ValueError(f"{name}：没有疫苗 {vaccine}")
        return self
