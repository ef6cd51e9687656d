"""TLS towards networks and other platforms, as a link's `tls_ca` and `tls_verify` say."""

from __future__ import annotations

import ssl


def tls_context(ca: str | None, *, verify: bool) -> ssl.SSLContext:
    """TLS 1.2 and later. Without `verify` the peer is not checked, which is for test benches only.

    `OSError` names the file with the authority when it cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise OSError(f"tls_ca {ca}: {error.strerror or error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
