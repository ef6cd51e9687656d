"""The committed table: well formed, as complete as promised, and what the generator makes."""

import csv
import subprocess
import sys
from importlib import resources
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers.carrierdata import CARRIER_DATA

from stentor.numbering import Network, lookup
from stentor.numbering.plan import _LENGTHS, _table

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / "tools" / "numbering"


@pytest.fixture(scope="module")
def mccs() -> dict[str, list[str]]:
    """The MCCs of every country: ITU-T E.212."""
    with (TOOLS / "countries.csv").open(encoding="utf-8", newline="") as file:
        return {row["iso"].removeprefix("001"): row["mccs"].split() for row in csv.DictReader(file)}


def well_formed(prefix: str, network: Network, mccs: dict[str, list[str]]) -> bool:
    """A network knows its MCC; MNCs have two digits or three; the destination code lies within the prefix."""
    mnc = network.mnc
    return (
        prefix.isascii()
        and prefix.isdigit()
        and len(prefix) in _LENGTHS
        and prefix.startswith(network.country_prefix + network.network_prefix)
        and network.mcc in mccs[network.country_code]
        and (mnc is None or (mnc.isascii() and mnc.isdigit() and len(mnc) in (2, 3)))
        and bool(network.network_name) == bool(network.network_prefix)
        and (mnc is None or bool(network.network_name))
    )


def test_every_row_is_well_formed(mccs: dict[str, list[str]]) -> None:
    assert [prefix for prefix, network in _table().items() if not well_formed(prefix, network, mccs)] == []


def test_rows_have_six_fields() -> None:
    text = resources.files("stentor.numbering").joinpath("data", "plan.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert {(fields[0], len(fields)) for fields in lines} == {("C", 6), ("N", 6)}


def test_no_prefix_is_listed_twice() -> None:
    text = resources.files("stentor.numbering").joinpath("data", "plan.tsv").read_text(encoding="utf-8")
    carriers = [line.split("\t")[5].split() for line in text.splitlines() if line.startswith("N")]
    listed = [prefix for prefixes in carriers for prefix in prefixes]
    assert len(listed) == len(set(listed))


def test_country_names_and_codes(mccs: dict[str, list[str]]) -> None:
    networks = {(network.country_code, network.country_name) for network in _table().values()}
    assert len(networks) == len({code for code, _ in networks})
    # The metadata gives Western Sahara's ranges to Morocco too, and Morocco comes first.
    assert set(mccs) - {code for code, _ in networks} == {"EH"}
    assert all(name for _, name in networks)
    assert all(len(mcc) == 3 and mcc.isdigit() for codes in mccs.values() for mcc in codes)


def test_every_country_code_has_a_country() -> None:
    assert all(lookup(str(code)) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def test_at_least_95_percent_of_carrier_prefixes_have_mcc_and_mnc() -> None:
    prefixes = [prefix for prefix, names in CARRIER_DATA.items() if "en" in names]
    found = [lookup(prefix) for prefix in prefixes]
    assert all(network and network.network_name for network in found)
    assert sum(1 for network in found if network and network.mcc_mnc) / len(prefixes) >= 0.95


def test_committed_table_is_what_the_generator_makes() -> None:
    subprocess.run([sys.executable, str(TOOLS / "generate.py"), "--check"], check=True, timeout=120)
