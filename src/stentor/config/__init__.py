"""THE table of settings: `settings` declares them, `load` reads them, `printed` writes the commented defaults."""

from stentor.config.defined import check_link, entries, exported, kept, link_of, openings, settings_of
from stentor.config.load import ConfigError, load, parse
from stentor.config.printed import printed
from stentor.config.settings import (
    AccountSettings,
    HttpSettings,
    OperatorSettings,
    PriceSettings,
    RouteSettings,
    Settings,
    SimulatedSettings,
    SmscSettings,
)

__all__ = [
    "AccountSettings",
    "ConfigError",
    "HttpSettings",
    "OperatorSettings",
    "PriceSettings",
    "RouteSettings",
    "Settings",
    "SimulatedSettings",
    "SmscSettings",
    "check_link",
    "entries",
    "exported",
    "kept",
    "link_of",
    "load",
    "openings",
    "parse",
    "printed",
    "settings_of",
]
