"""The schema, as numbered steps forward. A step, once released, is never changed."""

from __future__ import annotations

import apsw

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

    CREATE TABLE account (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, balance INTEGER NOT NULL DEFAULT 0, options TEXT NOT NULL
    ) STRICT;
    CREATE TABLE user (name TEXT PRIMARY KEY, account INTEGER NOT NULL, password_hash TEXT NOT NULL)
        STRICT, WITHOUT ROWID;
    CREATE TABLE api_key (digest TEXT PRIMARY KEY, account INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE price (plan TEXT, place TEXT, micros INTEGER NOT NULL, PRIMARY KEY (plan, place))
        STRICT, WITHOUT ROWID;
    CREATE TABLE rule (name TEXT PRIMARY KEY, position INTEGER NOT NULL, options TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
        amount INTEGER NOT NULL, message INTEGER
    ) STRICT;

    CREATE TABLE message (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, client_id TEXT,
        sender TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL, parts INTEGER NOT NULL,
        mcc_mnc TEXT, price INTEGER NOT NULL, connector TEXT NOT NULL, rule TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, done_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        notify_url TEXT, notify_type TEXT NOT NULL, callback_data TEXT,
        intermediate INTEGER NOT NULL, flash INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX message_client_id ON message (account, client_id) WHERE client_id IS NOT NULL;
    CREATE INDEX message_bulk ON message (account, bulk);
    CREATE INDEX message_account ON message (account);

    CREATE TABLE part (
        message INTEGER, number INTEGER, total INTEGER NOT NULL, connector TEXT NOT NULL, upstream_id TEXT NOT NULL,
        at INTEGER NOT NULL, status INTEGER, error INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (message, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX part_upstream ON part (connector, upstream_id);

    CREATE TABLE queue (
        message INTEGER PRIMARY KEY, account INTEGER NOT NULL, connector TEXT NOT NULL,
        due INTEGER NOT NULL, expires INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, node INTEGER
    ) STRICT;
    CREATE INDEX queue_waiting ON queue (connector, account, due) WHERE node IS NULL;
    CREATE INDEX queue_expires ON queue (expires) WHERE node IS NULL;

    CREATE TABLE report (
        id INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, kind TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL, done_at INTEGER NOT NULL,
        url TEXT, host TEXT, content_type TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, node INTEGER
    ) STRICT;
    CREATE INDEX report_pull ON report (account, id) WHERE url IS NULL;
    CREATE INDEX report_due ON report (host, due) WHERE host IS NOT NULL AND node IS NULL;
    CREATE INDEX report_message ON report (message);

    CREATE TABLE held_receipt (
        id INTEGER PRIMARY KEY, connector TEXT NOT NULL, upstream_id TEXT NOT NULL, status INTEGER NOT NULL,
        error INTEGER NOT NULL, at INTEGER NOT NULL, final INTEGER NOT NULL, said TEXT NOT NULL
    ) STRICT;

    CREATE TABLE event (
        message INTEGER, id INTEGER, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
        PRIMARY KEY (message, id)
    ) STRICT, WITHOUT ROWID;
    """,
    # Definitions as rows of one table with their revisions; one ledger row for each message that was charged.
    """
    CREATE TABLE definition (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
    INSERT INTO definition SELECT 'account', name, options FROM account;
    INSERT INTO definition
        SELECT 'user', u.name, json_object('name', u.name, 'account', a.name, 'password_hash', u.password_hash)
        FROM user u JOIN account a ON a.id = u.account;
    INSERT INTO definition
        SELECT 'key', substr(k.digest, 1, 12), json_object('digest', k.digest, 'account', a.name)
        FROM api_key k JOIN account a ON a.id = k.account;
    INSERT INTO definition
        SELECT 'price', plan || '/' || place, json_object('list', plan, 'where', place, 'micros', micros) FROM price;
    INSERT INTO definition
        SELECT 'rule', name, json_remove(
            json_set(options, '$.targets', json_array(json_object('connector', json_extract(options, '$.connector')))),
            '$.connector')
        FROM rule;
    DROP TABLE user;
    DROP TABLE api_key;
    DROP TABLE price;
    DROP TABLE rule;
    ALTER TABLE account DROP COLUMN options;
    ALTER TABLE account ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE revision (
        number INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, action TEXT NOT NULL,
        size INTEGER NOT NULL, state TEXT NOT NULL
    ) STRICT;
    CREATE TABLE revision_change (
        revision INTEGER, position INTEGER, kind TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT,
        PRIMARY KEY (revision, position)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE message ADD COLUMN extra TEXT;

    ALTER TABLE ledger RENAME TO ledger_of_requests;
    CREATE TABLE ledger (
        id INTEGER, kind TEXT, account INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT '', PRIMARY KEY (id, kind)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO ledger (id, kind, account, at, amount)
        SELECT ifnull(message, id), kind, account, at, amount FROM ledger_of_requests;
    DROP TABLE ledger_of_requests;
    CREATE INDEX ledger_account ON ledger (account, id);
    """,
    # Calls to customers' URLs that are not reports.
    """
    CREATE TABLE call (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, about TEXT NOT NULL, subject INTEGER NOT NULL,
        method TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL, content_type TEXT NOT NULL, body BLOB NOT NULL,
        attempts INTEGER NOT NULL, due INTEGER NOT NULL, node INTEGER
    ) STRICT;
    CREATE INDEX call_due ON call (host, due) WHERE node IS NULL;
    """,
)


class SchemaTooNew(Exception):
    """The data folder was written by a newer Stentor."""


def migrate(connection: apsw.Connection) -> None:
    """Bring the schema to this program's version, each step in its own transaction."""
    version = next(connection.execute("PRAGMA user_version"))[0]
    if version > len(MIGRATIONS):
        raise SchemaTooNew(
            f"the data folder has schema {version}, this program knows up to {len(MIGRATIONS)}: use the newer program",
        )
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        with connection:
            connection.execute(step)
            connection.execute(f"PRAGMA user_version = {number}")
