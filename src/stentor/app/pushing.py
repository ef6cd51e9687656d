"""The push services of applications, made when they are first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from stentor.config import PushApplicationSettings, SimulatedApplicationSettings, application_settings_of
from stentor.connectors.simulated.push import Phones, Receipts, SimulatedPush
from stentor.core.definitions import Application
from stentor.core.devices import Notification, PushService, Told

if TYPE_CHECKING:
    from stentor.connectors.push.wire import Token

log = structlog.get_logger()

_AGAIN_S = 30.0


class Pushing:
    """Implements `core.devices.Services`."""

    def __init__(self, receipts: Receipts) -> None:
        self._phones = Phones(receipts)
        self._made: dict[tuple[str, str], PushService | None] = {}
        self._tokens: dict[tuple[str, str, str], Token] = {}
        """Of APNs, which takes another one of a key after 20 minutes, whatever changes here meanwhile."""

    def of(self, application: Application, platform: str) -> PushService | None:
        key = (application.name, platform)
        if key not in self._made:
            try:
                self._made[key] = self._make(application, platform)
            except Exception as error:  # noqa: BLE001 - one application's mistake must not stop the others
                log.error("push service not set up", application=application.name, platform=platform, reason=str(error))
                unusable = self._made[key] = _Unusable(f"the application's {platform} settings are unusable")
                asyncio.get_running_loop().call_later(_AGAIN_S, self._try_again, key, unusable)
        return self._made[key]

    def _try_again(self, key: tuple[str, str], unusable: PushService) -> None:
        if self._made.get(key) is unusable:
            del self._made[key]

    async def changed(self, name: str) -> None:
        """The next message finds it as it is defined then."""
        for key in [key for key in self._made if key[0] == name]:
            service = self._made.pop(key)
            if service is not None:
                await service.close()

    async def stop(self) -> None:
        self._phones.stop()
        for name in {name for name, _ in self._made}:
            await self.changed(name)

    def _make(self, application: Application, platform: str) -> PushService | None:
        settings = application_settings_of(application)
        if isinstance(settings, SimulatedApplicationSettings):
            return SimulatedPush(settings.delay, self._phones)
        return self._apns(settings) if platform == "APNS" else _fcm(settings)

    def _apns(self, settings: PushApplicationSettings) -> PushService | None:
        if not settings.apns_key:
            return None
        from stentor.connectors.push.apns import Apns, ApnsOptions  # noqa: PLC0415 - PyJWT and h2 take 10 MB
        from stentor.connectors.push.wire import Token  # noqa: PLC0415

        options = ApnsOptions(
            key=settings.apns_key,
            key_id=settings.apns_key_id,
            team=settings.apns_team,
            topic=settings.apns_topic,
            url=settings.apns_url,
            ca_file=settings.ca_file,
        )
        return Apns(options, self._tokens.setdefault((options.key, options.key_id, options.team), Token()))


class _Unusable:
    """Implements `core.devices.PushService` where the settings are of no use, such as a file that is not there."""

    def __init__(self, why: str) -> None:
        self._told = Told("refused", why)

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return [self._told] * len(batch)

    async def close(self) -> None:
        pass


def _fcm(settings: PushApplicationSettings) -> PushService | None:
    """None: it is not set up."""
    if not settings.fcm_account:
        return None
    from stentor.connectors.push.fcm import Fcm, FcmOptions  # noqa: PLC0415 - PyJWT and h2 take 10 MB

    return Fcm(
        FcmOptions(
            account=settings.fcm_account,
            url=settings.fcm_url,
            token_url=settings.fcm_token_url,
            ca_file=settings.ca_file,
        )
    )
