"""Which MCC and MNC belong to a carrier name: our aliases first, then the names of mobile-broadband-provider-info."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).parent
ALIASES = HERE / "aliases.csv"
COUNTRIES = HERE / "countries.csv"
MBPI = HERE / "mbpi.csv"

Code = tuple[str, str]
"""MCC and MNC, as digits with their leading zeros."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def countries() -> dict[str, tuple[str, list[str]]]:
    """Name and MCCs of every country, by ISO code; the first MCC stands for the country."""
    return {row["iso"]: (row["name"], row["mccs"].split()) for row in read(COUNTRIES)}


class Operators:
    """Answers the code of a carrier; `unused` are the aliases that no carrier asked for: spelling mistakes."""

    def __init__(self) -> None:
        self._aliases = {(row["country"], row["carrier"]): (row["mcc"], row["mnc"]) for row in read(ALIASES)}
        self._listed: dict[Code, Code] = {}
        for row in read(MBPI):
            # The list names an operator's main network first.
            self._listed.setdefault((row["country"], fold(row["name"])), (row["mcc"], row["mnc"]))
        self.unused = set(self._aliases)

    def code(self, country: str, carrier: str) -> Code | None:
        key = (country, carrier)
        self.unused.discard(key)
        return self._aliases.get(key) or self._listed.get((country, fold(carrier)))


def fold(name: str) -> str:
    """A name without case, accents, space and punctuation."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def import_mbpi(xml: Path) -> int:
    """Write the part of `serviceproviders.xml` that is used to `mbpi.csv`; the number of rows."""
    known = countries()
    found: dict[tuple[str, str], Code] = {}
    for country in ET.parse(xml).getroot().iter("country"):
        iso = (country.get("code") or "").upper()
        _, mccs = known.get(iso, ("", []))
        for name, code in _providers(country, mccs):
            found.setdefault((iso, name), code)
    with MBPI.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "name", "mcc", "mnc"))
        writer.writerows((*key, *found[key]) for key in sorted(found, key=lambda key: key[0]))
    return len(found)


def _providers(country: ET.Element, mccs: list[str]) -> list[tuple[str, Code]]:
    found: list[tuple[str, Code]] = []
    for provider in country.iter("provider"):
        codes = [(code.get("mcc") or "", code.get("mnc") or "") for code in provider.iter("network-id")]
        # Some entries stand under a wrong country: their MCC tells.
        own = [code for code in codes if code[0] in mccs]
        names = [name.text for name in provider.findall("name") if name.text and fold(name.text)]
        found += [(name, own[0]) for name in names if own]
    return found
