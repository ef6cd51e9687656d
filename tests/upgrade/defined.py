"""The definitions of the data folder: two accounts with credit, a login, a key, prices, rules."""

from __future__ import annotations

from stentor.core.account import Account, ApiKey, User, digest_of
from stentor.core.definitions import Record
from stentor.core.ports import Store
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from support import making

LOGIN, PASSWORD, KEY = "shop", "open sesame", "k-shop-123"
HASH = "$argon2id$v=19$m=7168,t=5,p=1$c29tZSBzYWx0IDE2IG9jdA$ZRODrywZ/qPCSfeWWPSFhQ"
SHOP = Account(id=1, name="shop", senders=("Stentor", "InfoSMS"), default_sender="Stentor", rate=500.0)
BANK = Account(id=2, name="bank", currency="CHF", plan="gold", accepted_status=7, enabled=False)
CREDIT = {SHOP: 1_000_000, BANK: 2_500_001}
OTHERS: tuple[Record, ...] = (
    User(LOGIN, "shop", HASH),
    ApiKey(digest_of(KEY), "shop"),
    Price("standard", "*", 10_000),
    Price("gold", "22801", 9_999),
    Rule(name="swiss", order=1, targets=(Target("net"),), country="CH"),
    Rule(name="rest", order=2, targets=(Target("net"),)),
)


async def define(store: Store) -> None:
    for account, credit in CREDIT.items():
        await making.define(store, account, credit=credit)
    await making.define(store, *OTHERS)
