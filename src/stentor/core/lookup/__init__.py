"""Number lookup, for every door: whose a number is, whether it is reachable, ported, roaming (`spec/domain.md` 4)."""

from stentor.core.lookup.lookups import Lookups
from stentor.core.lookup.packages import PACKAGES, PackageName, seen
from stentor.core.lookup.ports import Background, Finder, LookupStore, Renderer, Resolver
from stentor.core.lookup.records import (
    MALFORMED,
    PENDING,
    Found,
    LookupFilter,
    LookupResult,
    NewLookups,
    Place,
    Telling,
    Waiting,
    place_of,
)

__all__ = [
    "MALFORMED",
    "PACKAGES",
    "PENDING",
    "Background",
    "Finder",
    "Found",
    "LookupFilter",
    "LookupResult",
    "LookupStore",
    "Lookups",
    "NewLookups",
    "PackageName",
    "Place",
    "Renderer",
    "Resolver",
    "Telling",
    "Waiting",
    "place_of",
    "seen",
]
