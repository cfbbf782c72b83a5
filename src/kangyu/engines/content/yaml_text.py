"""Reading one YAML 1.2 file into plain values, remembering the line of every key and refusing what a reader would trip over.

Duplicate keys, keys without a value, aliases and tags are problems, all of them reported, none of them raised.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kangyu.kernel.errors import Problem

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """One YAML document: its plain value and the line (from 1) of every key and item in it."""

    file: str
    value: Any
    lines: dict[Path_, int] = field(default_factory=dict)
    blocks: set[Path_] = field(default_factory=set)

    def line(self, path: Path_) -> int:
        """The line of the longest known beginning of ``path``; unknown parts (a union's branch) are stepped over."""
        known: Path_ = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines.get(known, 1)

    def place(self, path: Path_ = ()) -> str:
        """``file:line`` of a path."""
        return f"{self.file}:{self.line(path)}"

    def place_within(self, path: Path_, text: str, position: int) -> str:
        """``file:line`` of a character of a scalar; a literal block (``|``) begins on the line after its key."""
        if path not in self.blocks:
            return self.place(path)
        return f"{self.file}:{self.line(path) + 1 + text.count(chr(10), 0, position)}"


class _Reader:
    def __init__(self, file: str):
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.blocks: set[Path_] = set()
        self.problems: list[Problem] = []

    def refuse(self, node: Node, key: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(f"{self.file}:{node.start_mark.line + 1}", key, message, remedy))

    def value(self, node: Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return dict(self.pairs(node, path))
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, place)) for place, child in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.style == "|":
            self.blocks.add(path)
        return self.scalar(node, path)

    def pairs(self, node: MappingNode, path: Path_) -> Iterator[tuple[Any, Any]]:
        first_lines: dict[Any, int] = {}
        for key_node, value_node in node.value:
            key, line = self.scalar(key_node, path), key_node.start_mark.line + 1
            if key in first_lines:
                self.refuse(key_node, str(key), f"键 {key} 写了两次", f"第 {first_lines[key]} 行已经有它，请合并或删去一处。")
                continue
            first_lines[key] = line
            self.lines[(*path, key)] = line
            if isinstance(value_node, ScalarNode) and value_node.value == "" and not value_node.style:
                self.refuse(key_node, str(key), f"键 {key} 后面是空的", "请写上值，或删去这一行。")
                continue
            yield key, self.value(value_node, (*path, key))

    def scalar(self, node: Node, path: Path_) -> Any:
        if not isinstance(node, ScalarNode):
            self.refuse(node, str(path[-1]) if path else "", "这里的键应是一个词", "列表和映射不能作键。")
            return str(node.start_mark)
        text, tag = node.value, str(node.tag)
        if node.style == ">":
            text = text.replace("\a", "")  # the reader marks where a folded text was broken
        try:
            return _scalar(text, tag.rsplit(":", 1)[-1])
        except ValueError:
            self.refuse(node, str(path[-1]) if path else "", f"“{text}”读不成值", "请加引号，或改成数字、日期。")
            return text


def _scalar(text: str, tag: str) -> Any:
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    if tag == "int":
        return int(text.replace("_", ""), 0) if text[:2] in ("0x", "0o") else int(text.replace("_", ""))
    if tag == "float":
        return float(text)
    if tag == "timestamp":
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    return text


def read_documents(path: Path, name: str) -> tuple[list[Document], list[Problem]]:
    """All documents of a file (``---`` separates them); ``name`` is how the file is called in messages."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return [], [Problem(f"{name}:1", "", "文件不是 UTF-8 编码", "请另存为 UTF-8。")]
    except FileNotFoundError:
        return [], [Problem(f"{name}:1", "", "文件刚被移走或改名，还没有读到", "规则按原来的算；稍候会再读一遍。")]
    return documents_of(text, name)


def documents_of(text: str, name: str) -> tuple[list[Document], list[Problem]]:
    """The same for a text that lies in no file yet."""
    documents, problems = _documents(text, name)
    return list(documents), list(problems)


def _nodes(text: str) -> list[Node | None]:
    """The documents of a text. The parser in C, where it is installed, reads ten times faster but an older YAML: what it refuses
    (a colon within a bare word between braces) is read again by the one that decides."""
    try:
        return list(YAML(typ="safe").compose_all(text))
    except YAMLError:
        return list(YAML(typ="safe", pure=True).compose_all(text))


@lru_cache(maxsize=512)
def _documents(text: str, name: str) -> tuple[list[Document], list[Problem]]:
    """Kept by text, so that loading a folder again costs only the files that changed. Nobody changes a document once read."""
    try:
        nodes = _nodes(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return [], [
            Problem(f"{name}:{line}", "", f"这里的 YAML 写法不通：{error.problem or '无法读懂'}", "请检查缩进、冒号后的空格和引号。")
        ]
    except YAMLError as error:
        return [], [Problem(f"{name}:1", "", f"YAML 无法读懂：{error}", "请检查文件是否完整。")]
    documents, problems = [], []
    for node in nodes:
        if node is None:
            continue
        reader = _Reader(name)
        documents.append(Document(name, reader.value(node, ()), reader.lines, reader.blocks))
        problems += reader.problems
    if not documents:
        problems.append(Problem(f"{name}:1", "", "文件是空的", "请写上内容，或删去文件。"))
    return documents, problems
