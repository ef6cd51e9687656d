"""Which country a number prefix belongs to, from the metadata of `phonenumbers` (Apache-2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patterns import prefixes
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, parse, region_code_for_number

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneNumberDesc

# The longest prefix, in national digits, that separates two countries of one country code: Christmas and Cocos Islands.
_DEPTH = 7
_KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan")


def region_prefixes() -> dict[str, str]:
    """Every prefix that decides a country, in international digits, with the ISO code; "001" is no country."""
    found: dict[str, str] = {}
    for calling_code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        found[str(calling_code)] = regions[0]
        # The first region that claims a range owns it, so later ones are written first.
        for region in reversed(regions[1:]):
            found.update(dict.fromkeys(_shared(calling_code, region), region))
    return found


def longest(prefix: str, table: dict[str, str]) -> tuple[str, str]:
    """The longest entry of `table` that `prefix` begins with, and its value."""
    for end in range(len(prefix), 0, -1):
        if prefix[:end] in table:
            return prefix[:end], table[prefix[:end]]
    raise KeyError(prefix)


def _shared(calling_code: int, region: str) -> list[str]:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        raise ValueError(f"no metadata of {region}")
    if metadata.leading_digits:
        return [f"{calling_code}{prefix}" for prefix in prefixes(metadata.leading_digits, _DEPTH)]
    descriptions = [getattr(metadata, kind) for kind in _KINDS]
    ranges = [(prefix, desc) for desc in descriptions if _patterned(desc) for prefix in _prefixes(desc)]
    return [f"{calling_code}{prefix}" for prefix, desc in ranges if _owner(calling_code, prefix, desc) == region]


def _patterned(desc: PhoneNumberDesc | None) -> bool:
    return desc is not None and bool(desc.national_number_pattern)


def _prefixes(desc: PhoneNumberDesc) -> list[str]:
    return sorted(prefixes(desc.national_number_pattern or "", _DEPTH))


def _owner(calling_code: int, prefix: str, desc: PhoneNumberDesc) -> str | None:
    """The country of a number in the range: some are listed by several countries (Åland's mobiles are Finland's)."""
    for length in desc.possible_length:
        for filler in "2345607189":
            number = parse("+" + str(calling_code) + prefix.ljust(length, filler))
            owner = region_code_for_number(number)
            if owner:
                return str(owner)
    return None
