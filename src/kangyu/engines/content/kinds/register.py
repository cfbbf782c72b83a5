"""A register of things under management: places, vehicles, stores, kinds of goods; with states, what is due on each, and a map."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field as Described
from pydantic import model_validator

from .action import ActorText
from .base import Declaration, Key, Title
from .form import Field
from .programme import Flag
from .work import Work

Resource = Literal["Location", "Device", "Organization", "Group", "Substance", "Medication"]


class Register(Declaration, Work):
    """Its key is also the name by which forms and procedures say that they are ``about`` one of its things."""

    kind: Literal["register"]
    is_: Resource = Described(alias="is", description="每一件在 FHIR 里是什么资源")
    code: Key | None = Described(None, description="资源的类型代码，默认同 key")
    system: str | None = Described(None, description="类型代码的代码系统；默认 urn:kangyu:cs:register")
    table: Key | None = Described(None, description="表达式里的表名，默认同 key")
    kinds: tuple[Key, ...] = Described((), description="可由哪些类型的机构负责；不写则不限")
    singular: Title = Described(description="一件叫什么，如“水源点”")
    fields: Mapping[Key, Field]
    number: Key = Described(description="哪个字段是唯一的编号")
    name: Key = Described(description="哪个字段是名称")
    position: bool = Described(False, description="有没有经纬度，能不能上地图")
    area: Key | None = Described(None, description="哪个字段是所在地区代码；默认随责任机构")
    list: tuple[Key, ...] = Described((), description="列表里显示的字段")
    find: Mapping[Key, Flag] = Described(default_factory=dict, description="要留意的情形")
    kept_by: tuple[ActorText, ...] = Described((), description="谁可以登记和修改")
    filled_by: tuple[ActorText, ...] = Described((), description="还有谁可以填它的表单")
    seen_by: tuple[ActorText, ...] = Described((), description="还有谁可以看")

    @model_validator(mode="after")
    def _names_its_own_fields(self) -> Self:
        for key in (self.number, self.name, *([self.area] if self.area else []), *self.list):
            if key not in self.fields:
                raise ValueError(f"没有字段 {key}")
        for key, move in self.moves.items():
            for state in (*move.from_, move.to):
                if state not in self.states and state != "start":
                    raise ValueError(f"moves.{key}：没有状态 {state}")
        return self

    @property
    def actors(self) -> tuple[str, ...]:
        """Everybody who has to do with its things: who keeps them, fills their forms, moves them or may see them."""
        moving = tuple(text for move in self.moves.values() for text in move.by)
        return (*self.kept_by, *self.filled_by, *moving, *self.seen_by)

    @property
    def type_code(self) -> str:
        """The type by which its resources are known."""
        return self.code or self.key

    @property
    def type_system(self) -> str:
        """The code system of that type."""
        return self.system or "urn:kangyu:cs:register"

    @property
    def name_of_table(self) -> str:
        """The table in which expressions find its things."""
        return self.table or self.key

    @property
    def first_state(self) -> str:
        """Where a thing begins: the first state, empty where there are none."""
        return next(iter(self.states), "")
