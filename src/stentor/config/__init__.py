"""THE table of settings: `settings` declares them, `load` reads them, `printed` writes the commented defaults."""

from stentor.config.load import ConfigError, load, parse
from stentor.config.printed import printed
from stentor.config.settings import (
    AccountSettings,
    PriceSettings,
    RouteSettings,
    Settings,
    SimulatedSettings,
    SmscSettings,
)

__all__ = [
    "AccountSettings",
    "ConfigError",
    "PriceSettings",
    "RouteSettings",
    "Settings",
    "SimulatedSettings",
    "SmscSettings",
    "load",
    "parse",
    "printed",
]
