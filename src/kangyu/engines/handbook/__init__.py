"""The handbook: one readable page for each declaration, from which a second reader checks any rule against its source.

book = Handbook(content);  book.listed(kind);  book.page(book.find(kind, name)) -> Page
html.body(page, link) -> str;  html.document(page, link, index) -> a file of its own that needs nothing else
"""

from .book import KIND_TITLES, Handbook, Listed
from .page import Page

__all__ = ["KIND_TITLES", "Handbook", "Listed", "Page"]
