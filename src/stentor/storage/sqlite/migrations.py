"""The schema, as numbered steps forward. A step, once released, is never changed."""

from __future__ import annotations

import apsw
import structlog

log = structlog.get_logger()

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

    CREATE TABLE link (
        code INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, url TEXT NOT NULL,
        recipient TEXT NOT NULL, client_id TEXT, bulk TEXT NOT NULL, callback_data TEXT,
        sent_at INTEGER NOT NULL, expires INTEGER NOT NULL, host TEXT NOT NULL, place INTEGER NOT NULL,
        stopped INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX link_message ON link (message, place);
    CREATE INDEX link_expires ON link (expires);
    CREATE TABLE link_stop (host TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE click (id INTEGER PRIMARY KEY, link INTEGER NOT NULL, at INTEGER NOT NULL, os TEXT NOT NULL) STRICT;
    CREATE INDEX click_link ON click (link);

    CREATE TABLE process (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        description TEXT NOT NULL, type TEXT NOT NULL, track TEXT, added_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX process_track ON process (account, track) WHERE track IS NOT NULL;
    CREATE INDEX process_account ON process (account);
    CREATE TABLE process_tag (
        id INTEGER PRIMARY KEY, process INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        description TEXT NOT NULL, type TEXT NOT NULL
    ) STRICT;
    CREATE INDEX process_tag_process ON process_tag (process);
    CREATE TABLE process_run (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, process INTEGER NOT NULL, key TEXT, at INTEGER NOT NULL,
        mcc_mnc TEXT NOT NULL, country TEXT NOT NULL, os TEXT NOT NULL
    ) STRICT;
    CREATE INDEX process_run_key ON process_run (account, key) WHERE key IS NOT NULL;
    CREATE TABLE process_log (
        run INTEGER, tag INTEGER, at INTEGER NOT NULL, os TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (run, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE process_count (
        process INTEGER, length INTEGER, tag INTEGER, start INTEGER, mcc_mnc TEXT, country TEXT, os TEXT,
        count INTEGER NOT NULL, took INTEGER NOT NULL,
        PRIMARY KEY (process, length, tag, start, mcc_mnc, country, os)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX process_count_old ON process_count (start) WHERE length = 60000;

    CREATE TABLE inbound (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
        text TEXT NOT NULL, clean_text TEXT NOT NULL, keyword TEXT NOT NULL, data BLOB NOT NULL,
        data_coding INTEGER NOT NULL, esm_class INTEGER NOT NULL, received_at INTEGER NOT NULL, parts INTEGER NOT NULL,
        price INTEGER NOT NULL, connector TEXT NOT NULL, way TEXT NOT NULL, callback_data TEXT,
        waits INTEGER NOT NULL, node INTEGER
    ) STRICT;
    CREATE INDEX inbound_account ON inbound (account, id);
    CREATE INDEX inbound_waiting ON inbound (way, account, id) WHERE waits = 1 AND node IS NULL;
    CREATE TABLE inbound_part (
        id INTEGER, digest INTEGER NOT NULL, done INTEGER NOT NULL, connector TEXT NOT NULL, sender TEXT NOT NULL,
        recipient TEXT NOT NULL, data BLOB NOT NULL, data_coding INTEGER NOT NULL, esm_class INTEGER NOT NULL,
        at INTEGER NOT NULL, header BLOB NOT NULL, reference TEXT NOT NULL, total INTEGER NOT NULL, number INTEGER,
        PRIMARY KEY (id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE lookup (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, number TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL, found TEXT, mcc_mnc TEXT, price INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, done_at INTEGER NOT NULL, resolver TEXT NOT NULL, telling TEXT, node INTEGER
    ) STRICT;
    CREATE INDEX lookup_account ON lookup (account, id);
    CREATE INDEX lookup_pending ON lookup (node, id) WHERE node IS NOT NULL;
    CREATE TABLE ported_number (number INTEGER PRIMARY KEY, mcc_mnc TEXT NOT NULL, import INTEGER NOT NULL) STRICT;
    CREATE TABLE ported_range (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, mcc_mnc TEXT NOT NULL, import INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE subscription (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, kind TEXT NOT NULL, address TEXT NOT NULL,
        criteria TEXT NOT NULL, url TEXT NOT NULL, callback_data TEXT, added_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE scenario (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        flow TEXT NOT NULL, is_default INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX scenario_account ON scenario (account);
    CREATE TABLE omni (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, client_id TEXT, door TEXT NOT NULL,
        recipient TEXT NOT NULL, "to" TEXT NOT NULL, flow TEXT NOT NULL, words TEXT NOT NULL,
        position INTEGER NOT NULL, attempt INTEGER, due INTEGER, over INTEGER NOT NULL, sent_at INTEGER NOT NULL,
        notify_url TEXT, notify_type TEXT NOT NULL, callback_data TEXT, intermediate INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX omni_client_id ON omni (account, client_id) WHERE client_id IS NOT NULL;
    CREATE INDEX omni_account ON omni (account);
    CREATE INDEX omni_due ON omni (due) WHERE due IS NOT NULL;
    CREATE TABLE omni_attempt (
        id INTEGER PRIMARY KEY, omni INTEGER NOT NULL, account INTEGER NOT NULL, position INTEGER NOT NULL,
        channel TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, count INTEGER NOT NULL, mcc_mnc TEXT,
        price INTEGER NOT NULL, status INTEGER NOT NULL, error INTEGER NOT NULL, sent_at INTEGER NOT NULL,
        done_at INTEGER NOT NULL, expires INTEGER NOT NULL, delivered_at INTEGER, seen_at INTEGER, detail TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX omni_attempt_omni ON omni_attempt (omni, position);
    CREATE INDEX omni_attempt_account ON omni_attempt (account);
    CREATE TABLE omni_report (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, door TEXT NOT NULL, omni INTEGER NOT NULL,
        attempt INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX omni_report_account ON omni_report (account, door, id);
    CREATE INDEX omni_report_omni ON omni_report (omni);
    CREATE TABLE device (
        id INTEGER PRIMARY KEY, application TEXT NOT NULL, platform TEXT NOT NULL, token TEXT NOT NULL, msisdn TEXT,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX device_token ON device (application, token);
    CREATE INDEX device_msisdn ON device (application, msisdn) WHERE msisdn IS NOT NULL;
    """,
    # Counts in series that tell apart more and more, so that a question reads no more than it answers; and by month.
    """
    CREATE TABLE process_series (
        id INTEGER PRIMARY KEY, process INTEGER NOT NULL, tag INTEGER NOT NULL, scope INTEGER NOT NULL,
        mcc_mnc TEXT NOT NULL, country TEXT NOT NULL, os TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX process_series_of ON process_series (process, tag, scope, mcc_mnc, country, os);
    INSERT INTO process_series (process, tag, scope, mcc_mnc, country, os)
        SELECT DISTINCT process, tag, scope,
            CASE WHEN scope >= 4 THEN mcc_mnc WHEN scope >= 2 THEN substr(mcc_mnc, 1, 3) ELSE '' END,
            iif(scope >= 2, country, ''), iif(scope % 2, os, '')
        FROM process_count, (SELECT value AS scope FROM json_each('[0, 1, 2, 3, 4, 5]'));
    CREATE TABLE series_count (
        series INTEGER, length INTEGER, start INTEGER, count INTEGER NOT NULL, took INTEGER NOT NULL,
        PRIMARY KEY (series, length, start)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO series_count
        SELECT s.id, c.length, c.start, sum(c.count), sum(c.took)
        FROM json_each('[0, 1, 2, 3, 4, 5]') a CROSS JOIN process_count c CROSS JOIN process_series s
        ON s.process = c.process AND s.tag = c.tag AND s.scope = a.value
        AND s.mcc_mnc = CASE WHEN a.value >= 4 THEN c.mcc_mnc WHEN a.value >= 2 THEN substr(c.mcc_mnc, 1, 3) ELSE '' END
        AND s.country = iif(a.value >= 2, c.country, '') AND s.os = iif(a.value % 2, c.os, '')
        WHERE c.length > 60000 OR a.value IN (0, 5)
        GROUP BY 1, 2, 3;
    INSERT INTO series_count
        SELECT series, 2592000000, unixepoch(start / 1000, 'unixepoch', 'start of month') * 1000, sum(count), sum(took)
        FROM series_count WHERE length = 86400000 GROUP BY 1, 3;
    CREATE INDEX series_count_old ON series_count (start) WHERE length = 60000;
    DROP TABLE process_count;
    """,
    # The priority of a route; what is pulled is held until its answer has gone out; logs by their times. A log of
    # before has no country of its own (NULL): it counted for its run's, or, if that has none, for one not known now.
    """
    ALTER TABLE omni_report ADD COLUMN node INTEGER;
    ALTER TABLE queue ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
    DROP INDEX queue_waiting;
    CREATE INDEX queue_waiting ON queue (connector, account, priority, due) WHERE node IS NULL;
    ALTER TABLE process_log ADD COLUMN country TEXT;
    CREATE INDEX process_log_at ON process_log (tag, at);
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
        if version:
            log.info("upgrading the data folder", schema=number)  # which takes minutes where there is much
        with connection:
            connection.execute(step)
            connection.execute(f"PRAGMA user_version = {number}")
