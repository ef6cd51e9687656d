"""What only push knows, as customers write it in JSON and in XML."""

from __future__ import annotations

from stentor.api.omni.models import OmniAdvancedRequest
from stentor.api.omni.send import options_of, words_of
from stentor.api.xml.reading import read


def test_values_of_xml_are_what_they_mean() -> None:
    body = (
        b"<r><push><text>x</text><customPayload><order>7</order><flag>true</flag></customPayload>"
        b"<notificationOptions><title>007</title><soundEnabled>false</soundEnabled><badge>3</badge>"
        b"</notificationOptions></push></r>"
    )
    assert words_of("push", read(body, OmniAdvancedRequest).push).options == {
        "customPayload": {"order": "7", "flag": "true"},
        "notificationOptions": {"title": "007", "soundEnabled": False, "badge": 3},
    }


def test_values_of_json_stay() -> None:
    options = {"soundEnabled": True, "badge": 1, "title": "true"}
    assert options_of({"a": [1]}, options) == {"customPayload": {"a": [1]}, "notificationOptions": options}
    assert options_of(None, {}) == {}
