"""The push services of applications, made when they are first needed."""

from __future__ import annotations

from stentor.config import PushApplicationSettings, SimulatedApplicationSettings, application_settings_of
from stentor.connectors.simulated.push import Receipts, SimulatedPush
from stentor.core.definitions import Application
from stentor.core.devices import PushService


class Pushing:
    """Implements `core.devices.Services`."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts
        self._made: dict[tuple[str, str], PushService | None] = {}

    def of(self, application: Application, platform: str) -> PushService | None:
        key = (application.name, platform)
        if key not in self._made:
            self._made[key] = self._make(application, platform)
        return self._made[key]

    async def changed(self, name: str) -> None:
        """The next message finds it as it is defined then."""
        for key in [key for key in self._made if key[0] == name]:
            service = self._made.pop(key)
            if service is not None:
                await service.close()

    async def stop(self) -> None:
        for name in {name for name, _ in self._made}:
            await self.changed(name)

    def _make(self, application: Application, platform: str) -> PushService | None:
        settings = application_settings_of(application)
        if isinstance(settings, SimulatedApplicationSettings):
            return SimulatedPush(settings.delay, self._receipts)
        return _apns(settings) if platform == "APNS" else _fcm(settings)


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


def _apns(settings: PushApplicationSettings) -> PushService | None:
    if not settings.apns_key:
        return None
    from stentor.connectors.push.apns import Apns, ApnsOptions  # noqa: PLC0415 - PyJWT and h2 take 10 MB

    return Apns(
        ApnsOptions(
            key=settings.apns_key,
            key_id=settings.apns_key_id,
            team=settings.apns_team,
            topic=settings.apns_topic,
            url=settings.apns_url,
            ca_file=settings.ca_file,
        )
    )
