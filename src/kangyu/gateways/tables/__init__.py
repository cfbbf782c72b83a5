"""Spreadsheets: reading a sheet's cells and writing a workbook; what they mean is for others."""

from .workbook import Table, read_sheet, write_sheet

__all__ = ["Table", "read_sheet", "write_sheet"]
