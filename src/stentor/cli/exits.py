"""How commands end: a problem that its user can mend is one sentence and exit code 2; Ctrl-C ends without a word."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

PROBLEM = 2
INTERRUPTED = 130
"""As shells have it: 128 and the number of SIGINT."""


class Problem(Exception):
    """Something the user can mend; the message says what, which value, and what to do."""


def mendable() -> tuple[type[Exception], ...]:
    """The errors of the parts that mean a mistake in what the user gave."""
    from stentor.app.web import CannotListen  # noqa: PLC0415
    from stentor.config import ConfigError  # noqa: PLC0415
    from stentor.storage.archive import BackupError  # noqa: PLC0415
    from stentor.storage.sqlite.migrations import SchemaTooNew  # noqa: PLC0415
    from stentor.storage.sqlite.store import DataInUse, DataUnusable  # noqa: PLC0415
    from stentor.storage.vault import VaultError  # noqa: PLC0415

    return Problem, CannotListen, ConfigError, SchemaTooNew, DataInUse, DataUnusable, VaultError, BackupError


@contextlib.contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not isinstance(error, mendable()):
            raise
        sys.stderr.write(f"stentor: {error}\n")
        sys.exit(PROBLEM)
