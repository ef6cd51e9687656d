"""What a store holds, as tests of crashes compare it: facts, a digest of everything, and whether the money adds up."""

from __future__ import annotations

import hashlib

import apsw

Fact = tuple[str, int, int]
"""Something that can be acknowledged: (kind, its number or its message's, part)."""

_SUMS = """
SELECT a.id FROM account a LEFT JOIN ledger l ON l.account = a.id
GROUP BY a.id HAVING a.balance != ifnull(sum(l.amount), 0) OR a.balance < 0
"""
_CHARGES = """
SELECT m.id FROM message m LEFT JOIN ledger c ON c.id = m.id AND c.kind = 'charge'
LEFT JOIN ledger r ON r.id = m.id AND r.kind = 'refund'
WHERE m.price > 0 AND (c.amount IS NULL OR c.amount != -m.price * m.parts OR c.account != m.account OR r.id IS NOT NULL)
OR m.price = 0 AND ifnull(c.amount, 0) != -ifnull(r.amount, 0)
"""
_REFUNDS = """
SELECT r.id FROM ledger r LEFT JOIN ledger c ON c.id = r.id AND c.kind = 'charge'
WHERE r.kind = 'refund' AND r.amount IS NOT -c.amount
"""
_SIGNS = "SELECT id FROM ledger WHERE kind = 'charge' AND amount >= 0 OR kind IN ('refund', 'top-up') AND amount < 0"


def wrong_money(connection: apsw.Connection) -> dict[str, list[int]]:
    """Accounts and messages that do not add up, by the rule they break; empty when all is well.

    A charge or refund is one row for each message, which the table's key makes sure of.
    """
    rules = {"balance": _SUMS, "charge": _CHARGES, "refund": _REFUNDS, "sign": _SIGNS}
    found = {rule: [int(row[0]) for row in connection.execute(sql)] for rule, sql in rules.items()}
    return {rule: broken for rule, broken in found.items() if broken}


def facts(connection: apsw.Connection) -> set[Fact]:
    """What a store knows, spelt as what was acknowledged."""
    sql = (
        "SELECT 'message', id, 0 FROM message UNION ALL SELECT 'part', message, number FROM part"
        " UNION ALL SELECT 'report', id, 0 FROM report UNION ALL SELECT 'held', id, 0 FROM held_receipt"
        " UNION ALL SELECT 'omni', id, 0 FROM omni UNION ALL SELECT 'step', id, 0 FROM omni_attempt"
        " UNION ALL SELECT kind, id, 0 FROM ledger WHERE kind IN ('top-up', 'correction')"
    )
    return {(str(row[0]), int(row[1]), int(row[2])) for row in connection.execute(sql)}


def state_of(connection: apsw.Connection) -> bytes:
    """A digest of all rows, as they are after a start: without leases and the attempts they count."""
    digest = hashlib.blake2b(digest_size=16)
    for table, sql in _everything(connection):
        digest.update(table.encode())
        digest.update(repr(list(connection.execute(sql))).encode())
    return digest.digest()


def _everything(connection: apsw.Connection) -> list[tuple[str, str]]:
    tables = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    selects = []
    for table in sorted(tables):
        names = [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info('{table}')") if row[1] != "node"]
        if table == "report":
            names[names.index('"attempts"')] = "attempts - (node IS NOT NULL AND url IS NOT NULL)"
        selects.append((table, f"SELECT {', '.join(names)} FROM {table}"))
    return selects
