"""What the operator defined, ready for decisions without I/O; replaced as a whole when it changes."""

from __future__ import annotations

from stentor.core.account import Directory
from stentor.core.ports import Book
from stentor.core.pricing import PriceList
from stentor.core.routing import RoutingTable


class Rulebook:
    directory: Directory
    prices: PriceList
    routing: RoutingTable
    wide_references: frozenset[str]
    """Connectors whose long messages carry 16-bit references, which leaves less room in each part."""

    def __init__(self, book: Book, wide_references: frozenset[str] = frozenset()) -> None:
        self.wide_references = wide_references
        self.load(book)

    def load(self, book: Book) -> None:
        self.directory = Directory([opening.account for opening in book.accounts], book.users, book.keys)
        self.prices = PriceList(book.prices)
        self.routing = RoutingTable(book.rules)
