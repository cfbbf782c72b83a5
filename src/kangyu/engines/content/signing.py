"""Who answers for a region's overlay: a detached Ed25519 signature over the digest of its files, by whom and when.

``signature.yaml`` lies in the folder; the keys that are trusted lie elsewhere. What is signed is the text of ``_message``.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kangyu.kernel.errors import Problem, ProblemsError, UserError

from .yaml_text import read_documents

SIGNATURE = "signature.yaml"
PARTS = ("by", "at", "key", "digest", "signature")


@dataclass(frozen=True)
class Signature:
    """What ``signature.yaml`` says; ``key`` is the fingerprint of the public key, ``at`` local time."""

    by: str
    at: str
    key: str
    digest: str
    signature: str

    def written(self) -> str:
        """The file."""
        return "".join(f"{name}: {_quoted(getattr(self, name))}\n" for name in PARTS)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def files_of(root: Path) -> list[Path]:
    """Every file of a folder that is signed, in order: all but the signature and hidden files."""
    found = (path for path in root.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts))
    return sorted(
        (path for path in found if path.relative_to(root).as_posix() != SIGNATURE), key=lambda path: path.relative_to(root).as_posix()
    )


def digest(root: Path) -> str:
    """SHA-256 over the name and the SHA-256 of every file, so that a change, an addition, a removal and a renaming all show."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n" for path in files_of(root)]
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def _message(by: str, at: str, key: str, digest: str) -> bytes:
    return f"kangyu overlay 1\nby: {by}\nat: {at}\nkey: {key}\ndigest: {digest}\n".encode()


def new_key() -> tuple[bytes, bytes]:
    """A private and its public key, both PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of the raw public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:32]


def sign(root: Path, private: bytes, *, by: str, at: datetime, password: bytes | None = None) -> Signature:
    """The signature of a folder as it lies there. Raises UserError for what is no Ed25519 key or a folder without files."""
    try:
        key = serialization.load_pem_private_key(private, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UserError("私钥读不出来：应是 PEM 格式的 Ed25519 私钥。可用 kangyu content key 生成一对。") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError("这不是 Ed25519 私钥。可用 kangyu content key 生成一对。")
    if not files_of(root):
        raise UserError(f"{root} 里没有可签的文件。")
    if not by.strip() or "\n" in by:
        raise UserError("请写明谁签的，如“汶上县卫生健康局 张某”，写在一行里。")
    moment, mark, files = at.isoformat(timespec="seconds"), fingerprint(key.public_key()), digest(root)
    signed = key.sign(_message(by, moment, mark, files))
    return Signature(by, moment, mark, files, base64.b64encode(signed).decode())


def verify(root: Path, trusted: Iterable[bytes]) -> Signature:
    """The signature, if a trusted key made it over exactly these files. Raises ProblemsError saying what does not fit."""
    signature = _read(root)
    place = f"{SIGNATURE}:1"
    keys = {fingerprint(key): key for pem in trusted if (key := _public(pem))}
    key = keys.get(signature.key)
    if key is None:
        known = "、".join(sorted(keys)) or "一把也没有"
        _refuse(
            place,
            "key",
            f"签名用的钥匙 {signature.key} 不在信任的钥匙里（{known}）",
            "请把签名人的公钥放进 KANGYU_OVERLAY_KEYS 指的文件夹，或请有权的人重新签。",
        )
    try:
        key.verify(
            base64.b64decode(signature.signature, validate=True), _message(signature.by, signature.at, signature.key, signature.digest)
        )
    except (InvalidSignature, ValueError):
        _refuse(place, "signature", "签名与签名人、时间或摘要对不上", "signature.yaml 被改过。请用 kangyu content sign 重新签。")
    if signature.digest != digest(root):
        _refuse(
            place,
            "digest",
            "文件与签名时不同：有文件被改、增、删或改名",
            "若改动是对的，请用 kangyu content sign 重新签；否则请恢复原文件。",
        )
    return signature


def _public(pem: bytes) -> Ed25519PublicKey | None:
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def _read(root: Path) -> Signature:
    if not (root / SIGNATURE).is_file():
        _refuse(SIGNATURE, "", "没有签名", "地区覆盖要签名才采用：kangyu content sign 文件夹 --key 私钥 --by 签名人。")
    documents, problems = read_documents(root / SIGNATURE, SIGNATURE)
    if problems or not documents or not isinstance(documents[0].value, dict):
        raise ProblemsError(problems or [Problem(f"{SIGNATURE}:1", "", "签名文件读不懂", "请用 kangyu content sign 重新签。")])
    value = {key: str(item) for key, item in documents[0].value.items()}
    missing = [name for name in PARTS if not value.get(name)]
    if missing or set(value) - set(PARTS):
        _refuse(f"{SIGNATURE}:1", missing[0] if missing else "", "签名文件不完整，或多了东西", "请用 kangyu content sign 重新签。")
    return Signature(**value)


def _refuse(place: str, key: str, message: str, remedy: str) -> NoReturn:
    raise ProblemsError([Problem(place, key, message, remedy)])
