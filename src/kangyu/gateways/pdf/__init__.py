"""Printed sheets as PDF, with a Chinese font of their own inside, so that they read the same everywhere.

pdf = render(sheet, pictures={binary id: bytes}, mark="合成数据") -> bytes
"""

from .render import render

__all__ = ["render"]
