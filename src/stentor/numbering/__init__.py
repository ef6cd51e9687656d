"""Telephone numbers: their form, and the country and network behind a prefix. Pure: no I/O but its own data."""

from stentor.numbering.msisdn import InvalidMsisdn, normalise
from stentor.numbering.plan import Network, countries, lookup, network_of, networks_of

__all__ = ["InvalidMsisdn", "Network", "countries", "lookup", "network_of", "networks_of", "normalise"]
