"""THE table of packages: what an account gets to see of what was found (004 "Number lookup": three packages)."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from stentor.core.lookup.records import Found, Place

PackageName = Literal["cleaning", "portability", "roaming", "full"]


class Package(msgspec.Struct, frozen=True):
    """Each includes those before it: status, error, mccMnc and the prefixes of the original network are in all."""

    imsi: bool = False
    ported: bool = False
    roaming: bool = False
    """Roaming, the network it roams in, serving MSC and HLR; names of networks and countries besides their prefixes."""
    names: bool = False
    """Names also where the sample of 004 has none, which is of the package before."""


PACKAGES: dict[PackageName, Package] = {
    "cleaning": Package(),
    "portability": Package(imsi=True, ported=True),
    "roaming": Package(imsi=True, ported=True, roaming=True),
    "full": Package(imsi=True, ported=True, roaming=True, names=True),
}


def seen(found: Found, package: PackageName) -> Found:
    """What the package shows of it."""
    shows = PACKAGES[package]
    place = _whole if shows.roaming else _prefixes
    return replace(
        found,
        original=place(found.original),
        imsi=found.imsi if shows.imsi else None,
        ported=found.ported if shows.ported else None,
        ported_to=place(found.ported_to) if shows.ported else None,
        roaming=found.roaming if shows.roaming else None,
        roaming_in=place(found.roaming_in) if shows.roaming else None,
        serving_msc=found.serving_msc if shows.roaming else None,
        serving_hlr=found.serving_hlr if shows.roaming else None,
        brief=not shows.names,
    )


def _whole(place: Place | None) -> Place | None:
    return place


def _prefixes(place: Place | None) -> Place | None:
    return place and Place(network_prefix=place.network_prefix, country_prefix=place.country_prefix)
