import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.numbering import InvalidMsisdn, normalise
from stentor.numbering.msisdn import _COUNTRY_CODES


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("41793026727", "41793026727"),
        ("+41793026727", "41793026727"),
        ("0041793026727", "41793026727"),
        (" \t41793026727\r\n", "41793026727"),
        ("\u00a0+41793026727", "41793026727"),
        ("12125551234", "12125551234"),
        ("2905555", "2905555"),  # 7 digits, the shortest
        ("491234567890123", "491234567890123"),  # 15 digits, the longest
        ("80012345678", "80012345678"),
    ],
)
def test_good_numbers(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("+", "empty"),
        ("00", "empty"),
        ("abc", "not_digits"),
        ("4179302672a", "not_digits"),
        ("+41 79 302 67 27", "not_digits"),
        ("41-793026727", "not_digits"),
        ("41(79)3026727", "not_digits"),
        ("41.793026727", "not_digits"),
        ("++41793026727", "not_digits"),
        ("00+41793026727", "not_digits"),
        ("41793026727\x00", "not_digits"),
        ("\u0664\u0661\u0667\u0669\u0663\u0660\u0662\u0666\u0667\u0662\u0667", "not_digits"),  # Arabic-Indic digits
        ("4179302672\u00b2", "not_digits"),  # superscript two
        ("4179302672\uff17", "not_digits"),  # full-width seven
        ("123", "length"),
        ("417930", "length"),
        ("4179302672712345", "length"),
        ("41793026727417930267", "length"),
        ("0793026727", "prefix"),
        ("000793026727", "prefix"),
        ("+0041793026727", "prefix"),
        ("2101234567", "prefix"),  # 210 is not assigned
        ("9991234567", "prefix"),
    ],
)
def test_bad_numbers_say_why(raw: str, reason: str) -> None:
    with pytest.raises(InvalidMsisdn) as caught:
        normalise(raw)
    assert caught.value.reason == reason
    assert caught.value.raw == raw
    assert isinstance(caught.value, ValueError)


def test_country_codes_are_those_of_libphonenumber() -> None:
    assert set(map(int, _COUNTRY_CODES)) == set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def test_no_country_code_begins_another() -> None:
    assert not [code for code in _COUNTRY_CODES for end in range(1, len(code)) if code[:end] in _COUNTRY_CODES]


@given(st.text())
def test_any_text_is_a_number_or_refused(raw: str) -> None:
    try:
        number = normalise(raw)
    except InvalidMsisdn:
        return
    assert number.isascii()
    assert number.isdigit()
    assert 7 <= len(number) <= 15


@given(st.from_regex(r"41[0-9]{5,13}", fullmatch=True), st.sampled_from(["", "+", "00"]), st.sampled_from(["", " "]))
def test_normalising_twice_changes_nothing(number: str, prefix: str, space: str) -> None:
    assert normalise(f"{space}{prefix}{number}{space}") == number
    assert normalise(number) == number
