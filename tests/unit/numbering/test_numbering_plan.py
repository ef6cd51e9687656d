import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.numbering import Network, lookup


def network(msisdn: str) -> Network:
    found = lookup(msisdn)
    assert found is not None
    return found


def test_document_number() -> None:
    found = network("41793026727")
    assert found == Network("CH", "Switzerland", "41", "79", "Swisscom", "228", "01")
    assert found.mcc_mnc == "22801"


@pytest.mark.parametrize(
    ("msisdn", "mcc_mnc", "network_prefix"),
    [
        ("385911234567", "21910", "91"),
        ("385981234567", "21901", "98"),
        ("41763026727", "22802", "76"),
        ("41783026727", "22803", "78"),
        ("4915112345678", "26201", "151"),
        ("393491234567", "22210", "349"),
        ("33612345678", "20810", "6"),
        ("447400123456", "23420", "7400"),
        ("79161234567", "25001", "916"),
        ("77011234567", "40102", "701"),
        ("905321234567", "28601", "532"),
        ("5511987654321", "72402", "11"),
        ("8613912345678", "46000", "139"),
        ("18765551234", None, ""),
    ],
)
def test_networks(msisdn: str, mcc_mnc: str | None, network_prefix: str) -> None:
    found = network(msisdn)
    assert (found.mcc_mnc, found.network_prefix) == (mcc_mnc, network_prefix)


def test_longest_prefix_wins() -> None:
    # 44 770 is O2, but 44 7700 3 is Jersey's.
    assert network("447701234567").network_name == "O2"
    assert network("447700312345").country_code == "JE"


def test_country_only() -> None:
    assert network("41443026727") == Network("CH", "Switzerland", "41", "", "", "228", None)
    assert network("41443026727").mcc_mnc is None


@pytest.mark.parametrize(
    ("msisdn", "country", "mcc"),
    [
        ("12125551234", "US", "310"),
        ("18005551234", "US", "310"),
        ("14165551234", "CA", "302"),
        ("16045551234", "CA", "302"),
        ("12425551234", "BS", "364"),
        ("18095551234", "DO", "370"),
        ("17875551234", "PR", "330"),
        ("79161234567", "RU", "250"),
        ("77011234567", "KZ", "401"),
        ("77172123456", "KZ", "401"),
        ("442071234567", "GB", "234"),
        ("441534123456", "JE", "234"),
        ("447781123456", "GG", "234"),
        ("447624123456", "IM", "234"),
        ("390612345678", "IT", "222"),
        ("390669812345", "VA", "222"),
        ("35818123456", "AX", "244"),
        ("358401234567", "FI", "244"),
        ("262262123456", "RE", "647"),
        ("262269012345", "YT", "647"),
        ("212522123456", "MA", "604"),
        ("212528812345", "MA", "604"),
        ("5997123456", "BQ", "362"),
        ("59994611234", "CW", "362"),
        ("38344123456", "XK", "221"),
    ],
)
def test_shared_country_codes(msisdn: str, country: str, mcc: str) -> None:
    found = network(msisdn)
    assert (found.country_code, found.mcc) == (country, mcc)


def test_international_networks_have_no_country() -> None:
    found = network("881612345678")
    assert (found.country_code, found.country_name, found.mcc_mnc) == ("", "International networks", "90103")


@pytest.mark.parametrize("msisdn", ["", "0", "0793026727", "2101234567", "99912345678", "abc"])
def test_unknown(msisdn: str) -> None:
    assert lookup(msisdn) is None


def test_networks_are_shared() -> None:
    assert lookup("41793026727") is lookup("41790000000")


@given(st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
def test_country_prefix_begins_the_number(msisdn: str) -> None:
    found = lookup(msisdn)
    if found is not None:
        assert msisdn.startswith(found.country_prefix + found.network_prefix)
