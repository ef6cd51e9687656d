"""The form of a telephone number: what a submitted number must look like before it is looked up or sent to."""

from __future__ import annotations

from typing import Literal

Reason = Literal["empty", "not_digits", "length", "prefix"]

# The country codes of ITU-T E.164; no code begins another, so any of the three probes may be made first.
_LIST = """
1 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240
241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268
269 27 290 291 297 298 299 30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375
376 377 378 380 381 382 383 385 386 387 389 39 40 41 420 421 423 43 44 45 46 47 48 49 500 501 502 503 504
505 506 507 508 509 51 52 53 54 55 56 57 58 590 591 592 593 594 595 596 597 598 599 60 61 62 63 64 65 66 670
672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 7 800 808 81 82 84 850 852
853 855 856 86 870 878 880 881 882 883 886 888 90 91 92 93 94 95 960 961 962 963 964 965 966 967 968 970 971
972 973 974 975 976 977 979 98 992 993 994 995 996 998
"""
_COUNTRY_CODES = frozenset(_LIST.split())


class InvalidMsisdn(ValueError):
    """The text is no international number. `reason` says which rule it breaks:

    - `empty`: nothing is left after the prefix;
    - `not_digits`: something else than the digits 0 to 9;
    - `length`: fewer than 7 or more than 15 digits;
    - `prefix`: a number by its form, without a known country code (a national number, for example).
    """

    def __init__(self, raw: str, reason: Reason) -> None:
        super().__init__(f"{raw!r} is not an international number: {reason}")
        self.raw = raw
        self.reason: Reason = reason


def normalise(raw: str) -> str:
    """The number in international digits, as in "41793026727".

    White space around it and one `+` or `00` before it go; nothing else may stand between the digits.
    Libphonenumber's stricter validity is not asked: numbers that networks accept fail it.
    Raises `InvalidMsisdn`. Source: the platform's own rule, spec domain section 2.
    """
    digits = raw.strip()
    if digits.startswith("+"):
        digits = digits[1:]
    elif digits.startswith("00"):
        digits = digits[2:]
    # `isdigit` alone takes the digits of every script.
    if not (digits.isdigit() and digits.isascii()):
        raise InvalidMsisdn(raw, "not_digits" if digits else "empty")
    if not 7 <= len(digits) <= 15:
        raise InvalidMsisdn(raw, "length")
    if digits[:2] in _COUNTRY_CODES or digits[:3] in _COUNTRY_CODES or digits[:1] in _COUNTRY_CODES:
        return digits
    raise InvalidMsisdn(raw, "prefix")
