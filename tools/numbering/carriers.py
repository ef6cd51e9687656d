"""The carrier prefixes of `phonenumbers` (Apache-2.0) and our own, with the country and destination code of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from operators import read
from phonenumbers import PhoneNumberType, example_number_for_type, length_of_national_destination_code, parse
from phonenumbers.carrierdata import CARRIER_DATA
from regions import longest, region_prefixes

# Prefixes that the source lacks.
PREFIXES = Path(__file__).parent / "prefixes.csv"

# Countries whose mobile destination codes have three digits, where a carrier may own all ten codes of two digits:
# 7 91 is listed, and the destination code of 7 916 1234567 is 916.
_COUNTRIES = """
BE CN CO CZ ES GE GR IQ IR IT KE KG KZ NG NP PE PH PK PL PT PY RO RU TR
"""
_THREE_DIGITS = frozenset(_COUNTRIES.split())


@dataclass(frozen=True)
class Carrier:
    prefix: str
    """International digits."""
    country: str
    calling_code: str
    destination_code: str
    name: str


def carriers(regions: dict[str, str] | None = None) -> list[Carrier]:
    """Every prefix that has an English carrier name, in order; the source wins over our own."""
    table = region_prefixes() if regions is None else regions
    calling_codes = calling_codes_of(table)
    named = {row["prefix"]: row["carrier"] for row in read(PREFIXES)}
    named |= {prefix: names["en"] for prefix, names in CARRIER_DATA.items() if "en" in names}
    return [_carrier(prefix, named[prefix], table, calling_codes) for prefix in sorted(named)]


def split(listed: list[Carrier]) -> list[Carrier]:
    """The same, and the ten destination codes under each prefix that is a digit short of one."""
    taken = {carrier.prefix for carrier in listed}
    found = list(listed)
    for carrier in listed:
        if carrier.country in _THREE_DIGITS and len(carrier.prefix) == len(carrier.calling_code) + 2:
            longer = [_longer(carrier, digit) for digit in "0123456789"]
            found += [child for child in longer if child.prefix not in taken and len(child.destination_code) == 3]
    return found


def calling_codes_of(regions: dict[str, str]) -> list[str]:
    """The country codes: no country code begins another."""
    return [code for code in regions if not any(code[:end] in regions for end in range(1, len(code)))]


def _carrier(prefix: str, name: str, regions: dict[str, str], calling_codes: list[str]) -> Carrier:
    _, country = longest(prefix, regions)
    calling_code, _ = longest(prefix, dict.fromkeys(calling_codes, ""))
    destination_code = _destination_code(prefix, calling_code, country)
    return Carrier(prefix, country, calling_code, destination_code, _repaired(name))


def _longer(carrier: Carrier, digit: str) -> Carrier:
    prefix = carrier.prefix + digit
    destination_code = _destination_code(prefix, carrier.calling_code, carrier.country)
    return Carrier(prefix, carrier.country, carrier.calling_code, destination_code, carrier.name)


def _destination_code(prefix: str, calling_code: str, country: str) -> str:
    """The national destination code as far as the prefix tells it: the format's first group, or the whole prefix."""
    national = prefix[len(calling_code) :]
    example = example_number_for_type(country, PhoneNumberType.MOBILE) if country != "001" else None
    if example is None:
        return national
    sample = prefix + str(example.national_number)[len(national) :]
    length = length_of_national_destination_code(parse("+" + sample))
    return national[:length] if length else national


def _repaired(name: str) -> str:
    """Some names of the source were decoded as Latin-1 where they were UTF-8."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
