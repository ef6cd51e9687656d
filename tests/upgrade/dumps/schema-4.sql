PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE account (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, balance INTEGER NOT NULL DEFAULT 0, day INTEGER NOT NULL DEFAULT 0, spent INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "account" VALUES(1,'shop',830000,0,0);
INSERT INTO "account" VALUES(2,'bank',2500001,0,0);
CREATE TABLE call (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, about TEXT NOT NULL, subject INTEGER NOT NULL,
        method TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL, content_type TEXT NOT NULL, body BLOB NOT NULL,
        attempts INTEGER NOT NULL, due INTEGER NOT NULL, node INTEGER
    ) STRICT;
CREATE TABLE click (id INTEGER PRIMARY KEY, link INTEGER NOT NULL, at INTEGER NOT NULL, os TEXT NOT NULL) STRICT;
CREATE TABLE definition (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
INSERT INTO "definition" VALUES('account','bank','{"name":"bank","currency":"CHF","plan":"gold","senders":null,"blocked_senders":[],"default_sender":null,"countries":null,"addresses":null,"rate":null,"daily_limit":null,"per_number":null,"per_block":null,"sequence":null,"accepted_status":7,"xml_names":"2015","smpp_sessions":4,"smpp_window":10,"smpp_alphabet":"GSM7","smpp_words":"document","smpp_dlvrd":"dlvr","smpp_long":"parts","lookup_plan":"lookup","lookup_package":"roaming","link_domain":null,"click_url":null,"query_login":true,"v3_report_url":null,"v3_report_type":"xml","v3_lookup_url":null,"v3_long":"concatenate","keep_hours":48,"enabled":false,"id":2}');
INSERT INTO "definition" VALUES('account','shop','{"name":"shop","currency":"EUR","plan":"standard","senders":["Stentor","InfoSMS"],"blocked_senders":[],"default_sender":"Stentor","countries":null,"addresses":null,"rate":500.0,"daily_limit":null,"per_number":null,"per_block":null,"sequence":null,"accepted_status":0,"xml_names":"2015","smpp_sessions":4,"smpp_window":10,"smpp_alphabet":"GSM7","smpp_words":"document","smpp_dlvrd":"dlvr","smpp_long":"parts","lookup_plan":"lookup","lookup_package":"roaming","link_domain":null,"click_url":null,"query_login":true,"v3_report_url":null,"v3_report_type":"xml","v3_lookup_url":null,"v3_long":"concatenate","keep_hours":48,"enabled":true,"id":1}');
INSERT INTO "definition" VALUES('key','875b6a5006e3','{"digest":"875b6a5006e3e3a8070935c55493873b478fc587b4a7cc5455943fecb63f8676","account":"shop","name":""}');
INSERT INTO "definition" VALUES('price','gold/22801','{"list":"gold","where":"22801","micros":9999}');
INSERT INTO "definition" VALUES('price','standard/*','{"list":"standard","where":"*","micros":10000}');
INSERT INTO "definition" VALUES('rule','rest','{"name":"rest","order":2,"targets":[{"connector":"net","weight":1}],"account":null,"country":null,"mcc_mnc":null,"prefix":null,"sender":null,"code":null}');
INSERT INTO "definition" VALUES('rule','swiss','{"name":"swiss","order":1,"targets":[{"connector":"net","weight":1}],"account":null,"country":"CH","mcc_mnc":null,"prefix":null,"sender":null,"code":null}');
INSERT INTO "definition" VALUES('user','shop','{"name":"shop","account":"shop","password_hash":"$argon2id$v=19$m=7168,t=5,p=1$c29tZSBzYWx0IDE2IG9jdA$ZRODrywZ/qPCSfeWWPSFhQ"}');
CREATE TABLE device (
        id INTEGER PRIMARY KEY, application TEXT NOT NULL, platform TEXT NOT NULL, token TEXT NOT NULL, msisdn TEXT,
        at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE event (
        message INTEGER, id INTEGER, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
        PRIMARY KEY (message, id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "event" VALUES(1835008000000000016,1750000000000000,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000032,1750000000000001,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000048,1750000000000002,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000064,1750000000000003,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000080,1750000000000004,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000080,1750000000010000,1750000000010,'receipt','status 7');
INSERT INTO "event" VALUES(1835008000000000096,1750000000010001,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000096,1750000000010002,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000096,1750000000010003,1750000000010,'receipt','status 7');
INSERT INTO "event" VALUES(1835008000000000112,1750000000010004,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000128,1750000000010005,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000128,1750000000010006,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000144,1750000000010007,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000144,1750000000010008,1750000000010,'sent','2 to net');
INSERT INTO "event" VALUES(1835008000000000144,1750000000010009,1750000000010,'receipt','status None');
INSERT INTO "event" VALUES(1835008000000000160,1750000000010010,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000160,1750000000010011,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000160,1750000000010012,1750000000010,'receipt','status 5');
INSERT INTO "event" VALUES(1835008000000000160,1750000000010013,1750000000010,'report pulled','');
INSERT INTO "event" VALUES(1835008000000000176,1750000000010014,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000176,1750000000010015,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000176,1750000000010016,1750000000010,'receipt','status 5');
INSERT INTO "event" VALUES(1835008000000000192,1750000000010017,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000192,1750000000010018,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000192,1750000000010019,1750000000010,'receipt','status 5');
INSERT INTO "event" VALUES(1835008000000000192,1750000000010020,1750000000010,'notify failed','503');
INSERT INTO "event" VALUES(1835008000000000208,1750000000010021,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000208,1750000000010022,1750000000010,'sent','1 to net');
INSERT INTO "event" VALUES(1835008000000000208,1750000000010023,1750000000010,'receipt','status 9');
INSERT INTO "event" VALUES(1835008000000000224,1750000000010024,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000224,1750000000010025,1750000000010,'receipt','status 15');
INSERT INTO "event" VALUES(1835008000000000240,1750000000010026,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000256,1750000000010027,1750000000000,'rejected','the account''s credit does not suffice');
INSERT INTO "event" VALUES(1835008000000000272,1750000000010028,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000288,1750000000010029,1750000000000,'accepted','why');
INSERT INTO "event" VALUES(1835008000000000288,1750000000010031,1750000000010,'receipt','status 15');
INSERT INTO "event" VALUES(1835008000000000304,1750000000010030,1750000000000,'accepted','why');
CREATE TABLE held_receipt (
        id INTEGER PRIMARY KEY, connector TEXT NOT NULL, upstream_id TEXT NOT NULL, status INTEGER NOT NULL,
        error INTEGER NOT NULL, at INTEGER NOT NULL, final INTEGER NOT NULL, said TEXT NOT NULL
    ) STRICT;
INSERT INTO "held_receipt" VALUES(7,'net','early',5,0,1750000000000,1,'said');
INSERT INTO "held_receipt" VALUES(8,'net','late',5,27,1750000000000,0,'said');
CREATE TABLE inbound (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
        text TEXT NOT NULL, clean_text TEXT NOT NULL, keyword TEXT NOT NULL, data BLOB NOT NULL,
        data_coding INTEGER NOT NULL, esm_class INTEGER NOT NULL, received_at INTEGER NOT NULL, parts INTEGER NOT NULL,
        price INTEGER NOT NULL, connector TEXT NOT NULL, way TEXT NOT NULL, callback_data TEXT,
        waits INTEGER NOT NULL, node INTEGER
    ) STRICT;
CREATE TABLE inbound_part (
        id INTEGER, digest INTEGER NOT NULL, done INTEGER NOT NULL, connector TEXT NOT NULL, sender TEXT NOT NULL,
        recipient TEXT NOT NULL, data BLOB NOT NULL, data_coding INTEGER NOT NULL, esm_class INTEGER NOT NULL,
        at INTEGER NOT NULL, header BLOB NOT NULL, reference TEXT NOT NULL, total INTEGER NOT NULL, number INTEGER,
        PRIMARY KEY (id, number)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (
        id INTEGER, kind TEXT, account INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT '', PRIMARY KEY (id, kind)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "ledger" VALUES(16,'top-up',1,1750000000000,1000000,'');
INSERT INTO "ledger" VALUES(32,'top-up',2,1750000000000,2500001,'');
INSERT INTO "ledger" VALUES(1835008000000000016,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000048,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000064,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000080,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000096,'charge',1,1750000000000,-30000,'');
INSERT INTO "ledger" VALUES(1835008000000000112,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000128,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000144,'charge',1,1750000000000,-20000,'');
INSERT INTO "ledger" VALUES(1835008000000000160,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000176,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000192,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000208,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000224,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000224,'refund',1,1750000000010,10000,'');
INSERT INTO "ledger" VALUES(1835008000000000272,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000288,'charge',1,1750000000000,-10000,'');
INSERT INTO "ledger" VALUES(1835008000000000288,'refund',1,1750000000010,10000,'');
INSERT INTO "ledger" VALUES(1835008000000000304,'charge',1,1750000000000,-10000,'');
CREATE TABLE link (
        code INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, url TEXT NOT NULL,
        recipient TEXT NOT NULL, client_id TEXT, bulk TEXT NOT NULL, callback_data TEXT,
        sent_at INTEGER NOT NULL, expires INTEGER NOT NULL, host TEXT NOT NULL, place INTEGER NOT NULL,
        stopped INTEGER NOT NULL
    ) STRICT;
CREATE TABLE link_stop (host TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE lookup (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, number TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL, found TEXT, mcc_mnc TEXT, price INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, done_at INTEGER NOT NULL, resolver TEXT NOT NULL, telling TEXT, node INTEGER
    ) STRICT;
CREATE TABLE message (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, client_id TEXT,
        sender TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL, parts INTEGER NOT NULL,
        mcc_mnc TEXT, price INTEGER NOT NULL, connector TEXT NOT NULL, rule TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL,
        sent_at INTEGER NOT NULL, done_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        notify_url TEXT, notify_type TEXT NOT NULL, callback_data TEXT,
        intermediate INTEGER NOT NULL, flash INTEGER NOT NULL
    , extra TEXT) STRICT;
INSERT INTO "message" VALUES(1835008000000000016,1,'bulk queued','queued','Stentor','41793026727','hello',1,'22801',10000,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000032,2,'bulk queued flash','queued flash','Stentor','41793026727','hello',1,'22801',0,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json','order 7',0,1,NULL);
INSERT INTO "message" VALUES(1835008000000000048,1,'bulk in hand','in hand','Stentor','41793026727','hello',1,'22801',10000,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000064,1,'bulk scheduled','scheduled','Stentor','41793026727','hello',1,'22801',10000,'net','all',26,0,1750003600000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000080,1,'bulk refused for now','refused for now','Stentor','41793026727','hello',1,'22801',10000,'net','all',7,34,1750000000000,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000096,1,'bulk half sent','half sent','Stentor','41793026727','xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',3,'22801',10000,'net','all',7,34,1750000000000,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000112,1,'bulk None',NULL,'Stentor','41793026727','Zażółć gęślą jaźń 😀',1,'22801',10000,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000128,1,'bulk sent','sent','Stentor','41793026727','hello',1,'22801',10000,'net','all',3,0,1750000000001,1750000000001,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000144,1,'bulk one of two parts delivered','one of two parts delivered','Stentor','41793026727','жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж',2,'22801',10000,'net','all',3,27,1750000000001,1750000000010,9999999999000,'http://customer.example/reports','application/json',NULL,1,0,NULL);
INSERT INTO "message" VALUES(1835008000000000160,1,'bulk delivered, pulled','delivered, pulled','Stentor','41793026727','hello',1,'22801',10000,'net','all',5,0,1750000000001,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000176,1,'bulk delivered, to be pulled','delivered, to be pulled','Stentor','41793026727','hello',1,NULL,10000,'net','all',5,0,1750000000001,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000192,1,'bulk delivered, to be pushed','delivered, to be pushed','Stentor','41793026727','hello',1,'22801',10000,'net','all',5,0,1750000000001,1750000000010,9999999999000,'http://customer.example/reports','application/xml',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000208,1,'bulk undeliverable','undeliverable','Stentor','41793026727','hello',1,'22801',10000,'net','all',9,27,1750000000001,1750000000010,9999999999000,'http://customer.example/reports','application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000224,1,'bulk expired','expired','Stentor','41793026727','hello',1,'22801',0,'net','all',15,4101,1750000000000,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000240,1,'bulk no route','no route','Stentor','41793026727','hello',1,'22801',0,'','',19,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000256,1,'bulk no credit','no credit','Stentor','41793026727','hello',1,'22801',0,'net','all',12,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000272,1,'bulk first of three','first of three','Stentor','41793026727','hello',1,'22801',10000,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000288,1,'bulk second of three','second of three','Stentor','41793026727','hello',1,'22801',0,'net','all',15,4101,1750000000000,1750000000010,9999999999000,NULL,'application/json',NULL,0,0,NULL);
INSERT INTO "message" VALUES(1835008000000000304,1,'bulk third of three','third of three','Stentor','41793026727','hello',1,'22801',10000,'net','all',7,0,1750000000000,1750000000000,9999999999000,NULL,'application/json',NULL,0,0,NULL);
CREATE TABLE omni (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, client_id TEXT, door TEXT NOT NULL,
        recipient TEXT NOT NULL, "to" TEXT NOT NULL, flow TEXT NOT NULL, words TEXT NOT NULL,
        position INTEGER NOT NULL, attempt INTEGER, due INTEGER, over INTEGER NOT NULL, sent_at INTEGER NOT NULL,
        notify_url TEXT, notify_type TEXT NOT NULL, callback_data TEXT, intermediate INTEGER NOT NULL
    ) STRICT;
CREATE TABLE omni_attempt (
        id INTEGER PRIMARY KEY, omni INTEGER NOT NULL, account INTEGER NOT NULL, position INTEGER NOT NULL,
        channel TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, count INTEGER NOT NULL, mcc_mnc TEXT,
        price INTEGER NOT NULL, status INTEGER NOT NULL, error INTEGER NOT NULL, sent_at INTEGER NOT NULL,
        done_at INTEGER NOT NULL, expires INTEGER NOT NULL, delivered_at INTEGER, seen_at INTEGER, detail TEXT NOT NULL
    ) STRICT;
CREATE TABLE omni_report (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, door TEXT NOT NULL, omni INTEGER NOT NULL,
        attempt INTEGER NOT NULL
    ) STRICT;
CREATE TABLE part (
        message INTEGER, number INTEGER, total INTEGER NOT NULL, connector TEXT NOT NULL, upstream_id TEXT NOT NULL,
        at INTEGER NOT NULL, status INTEGER, error INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (message, number)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "part" VALUES(1835008000000000096,1,3,'net','up-half sent-1',1750000000001,NULL,0);
INSERT INTO "part" VALUES(1835008000000000128,1,1,'net','up-sent-1',1750000000001,NULL,0);
INSERT INTO "part" VALUES(1835008000000000144,1,2,'net','up-one of two parts delivered-1',1750000000001,5,0);
INSERT INTO "part" VALUES(1835008000000000144,2,2,'net','up-one of two parts delivered-2',1750000000001,NULL,0);
INSERT INTO "part" VALUES(1835008000000000160,1,1,'net','up-delivered, pulled-1',1750000000001,5,0);
INSERT INTO "part" VALUES(1835008000000000176,1,1,'net','up-delivered, to be pulled-1',1750000000001,5,0);
INSERT INTO "part" VALUES(1835008000000000192,1,1,'net','up-delivered, to be pushed-1',1750000000001,5,0);
INSERT INTO "part" VALUES(1835008000000000208,1,1,'net','up-undeliverable-1',1750000000001,9,27);
CREATE TABLE ported_number (number INTEGER PRIMARY KEY, mcc_mnc TEXT NOT NULL, import INTEGER NOT NULL) STRICT;
CREATE TABLE ported_range (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, mcc_mnc TEXT NOT NULL, import INTEGER NOT NULL
    ) STRICT;
CREATE TABLE process (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        description TEXT NOT NULL, type TEXT NOT NULL, track TEXT, added_at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE process_log (
        run INTEGER, tag INTEGER, at INTEGER NOT NULL, os TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (run, tag)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE process_run (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, process INTEGER NOT NULL, key TEXT, at INTEGER NOT NULL,
        mcc_mnc TEXT NOT NULL, country TEXT NOT NULL, os TEXT NOT NULL
    ) STRICT;
CREATE TABLE process_series (
        id INTEGER PRIMARY KEY, process INTEGER NOT NULL, tag INTEGER NOT NULL, scope INTEGER NOT NULL,
        mcc_mnc TEXT NOT NULL, country TEXT NOT NULL, os TEXT NOT NULL
    ) STRICT;
CREATE TABLE process_tag (
        id INTEGER PRIMARY KEY, process INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        description TEXT NOT NULL, type TEXT NOT NULL
    ) STRICT;
CREATE TABLE queue (
        message INTEGER PRIMARY KEY, account INTEGER NOT NULL, connector TEXT NOT NULL,
        due INTEGER NOT NULL, expires INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, node INTEGER
    ) STRICT;
INSERT INTO "queue" VALUES(1835008000000000016,1,'net',1750000000000,9999999999000,0,NULL);
INSERT INTO "queue" VALUES(1835008000000000032,2,'net',1750000000000,9999999999000,0,NULL);
INSERT INTO "queue" VALUES(1835008000000000048,1,'net',1750000000000,9999999999000,0,1);
INSERT INTO "queue" VALUES(1835008000000000064,1,'net',1750003600000,9999999999000,0,NULL);
INSERT INTO "queue" VALUES(1835008000000000080,1,'net',1750003600000,9999999999000,1,NULL);
INSERT INTO "queue" VALUES(1835008000000000096,1,'net',1750000000000,9999999999000,1,NULL);
INSERT INTO "queue" VALUES(1835008000000000112,1,'net',1750000000000,9999999999000,0,NULL);
INSERT INTO "queue" VALUES(1835008000000000272,1,'net',1750000000000,9999999999000,0,NULL);
INSERT INTO "queue" VALUES(1835008000000000304,1,'net',1750000000000,9999999999000,0,NULL);
CREATE TABLE report (
        id INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, kind TEXT NOT NULL,
        status INTEGER NOT NULL, error INTEGER NOT NULL, done_at INTEGER NOT NULL,
        url TEXT, host TEXT, content_type TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, node INTEGER
    ) STRICT;
INSERT INTO "report" VALUES(1835008000000000144,1835008000000000144,1,'intermediate',3,27,1750000000010,'http://customer.example/reports','http://customer.example','application/json',1,1750000000010,1);
INSERT INTO "report" VALUES(1835008000000000176,1835008000000000176,1,'final',5,0,1750000000010,NULL,NULL,'application/json',0,1750000000010,NULL);
INSERT INTO "report" VALUES(1835008000000000192,1835008000000000192,1,'final',5,0,1750000000010,'http://customer.example/reports','http://customer.example','application/xml',2,1750003600000,NULL);
INSERT INTO "report" VALUES(1835008000000000208,1835008000000000208,1,'final',9,27,1750000000010,'http://customer.example/reports','http://customer.example','application/json',0,1750000000010,NULL);
INSERT INTO "report" VALUES(1835008000000000224,1835008000000000224,1,'final',5,0,1750000000010,NULL,NULL,'application/json',0,1750000000010,NULL);
CREATE TABLE revision (
        number INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, action TEXT NOT NULL,
        size INTEGER NOT NULL, state TEXT NOT NULL
    ) STRICT;
INSERT INTO "revision" VALUES(1,1750000000000,'test','defined',1,'done');
INSERT INTO "revision" VALUES(2,1750000000000,'test','defined',1,'done');
INSERT INTO "revision" VALUES(3,1750000000000,'test','defined',6,'done');
CREATE TABLE revision_change (
        revision INTEGER, position INTEGER, kind TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT,
        PRIMARY KEY (revision, position)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "revision_change" VALUES(1,0,'account','shop',NULL,'{"name":"shop","currency":"EUR","plan":"standard","senders":["Stentor","InfoSMS"],"blocked_senders":[],"default_sender":"Stentor","countries":null,"addresses":null,"rate":500.0,"daily_limit":null,"per_number":null,"per_block":null,"sequence":null,"accepted_status":0,"xml_names":"2015","smpp_sessions":4,"smpp_window":10,"smpp_alphabet":"GSM7","smpp_words":"document","smpp_dlvrd":"dlvr","smpp_long":"parts","lookup_plan":"lookup","lookup_package":"roaming","link_domain":null,"click_url":null,"query_login":true,"v3_report_url":null,"v3_report_type":"xml","v3_lookup_url":null,"v3_long":"concatenate","keep_hours":48,"enabled":true,"id":1}');
INSERT INTO "revision_change" VALUES(2,0,'account','bank',NULL,'{"name":"bank","currency":"CHF","plan":"gold","senders":null,"blocked_senders":[],"default_sender":null,"countries":null,"addresses":null,"rate":null,"daily_limit":null,"per_number":null,"per_block":null,"sequence":null,"accepted_status":7,"xml_names":"2015","smpp_sessions":4,"smpp_window":10,"smpp_alphabet":"GSM7","smpp_words":"document","smpp_dlvrd":"dlvr","smpp_long":"parts","lookup_plan":"lookup","lookup_package":"roaming","link_domain":null,"click_url":null,"query_login":true,"v3_report_url":null,"v3_report_type":"xml","v3_lookup_url":null,"v3_long":"concatenate","keep_hours":48,"enabled":false,"id":2}');
INSERT INTO "revision_change" VALUES(3,0,'user','shop',NULL,'{"name":"shop","account":"shop","password_hash":"$argon2id$v=19$m=7168,t=5,p=1$c29tZSBzYWx0IDE2IG9jdA$ZRODrywZ/qPCSfeWWPSFhQ"}');
INSERT INTO "revision_change" VALUES(3,1,'key','875b6a5006e3',NULL,'{"digest":"875b6a5006e3e3a8070935c55493873b478fc587b4a7cc5455943fecb63f8676","account":"shop","name":""}');
INSERT INTO "revision_change" VALUES(3,2,'price','standard/*',NULL,'{"list":"standard","where":"*","micros":10000}');
INSERT INTO "revision_change" VALUES(3,3,'price','gold/22801',NULL,'{"list":"gold","where":"22801","micros":9999}');
INSERT INTO "revision_change" VALUES(3,4,'rule','swiss',NULL,'{"name":"swiss","order":1,"targets":[{"connector":"net","weight":1}],"account":null,"country":"CH","mcc_mnc":null,"prefix":null,"sender":null,"code":null}');
INSERT INTO "revision_change" VALUES(3,5,'rule','rest',NULL,'{"name":"rest","order":2,"targets":[{"connector":"net","weight":1}],"account":null,"country":null,"mcc_mnc":null,"prefix":null,"sender":null,"code":null}');
CREATE TABLE scenario (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        flow TEXT NOT NULL, is_default INTEGER NOT NULL
    ) STRICT;
CREATE TABLE series_count (
        series INTEGER, length INTEGER, start INTEGER, count INTEGER NOT NULL, took INTEGER NOT NULL,
        PRIMARY KEY (series, length, start)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
INSERT INTO "setting" VALUES('secret',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F');
CREATE TABLE subscription (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, kind TEXT NOT NULL, address TEXT NOT NULL,
        criteria TEXT NOT NULL, url TEXT NOT NULL, callback_data TEXT, added_at INTEGER NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX message_client_id ON message (account, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX message_bulk ON message (account, bulk);
CREATE INDEX message_account ON message (account);
CREATE INDEX part_upstream ON part (connector, upstream_id);
CREATE INDEX queue_waiting ON queue (connector, account, due) WHERE node IS NULL;
CREATE INDEX queue_expires ON queue (expires) WHERE node IS NULL;
CREATE INDEX report_pull ON report (account, id) WHERE url IS NULL;
CREATE INDEX report_due ON report (host, due) WHERE host IS NOT NULL AND node IS NULL;
CREATE INDEX report_message ON report (message);
CREATE INDEX ledger_account ON ledger (account, id);
CREATE INDEX call_due ON call (host, due) WHERE node IS NULL;
CREATE UNIQUE INDEX link_message ON link (message, place);
CREATE INDEX link_expires ON link (expires);
CREATE INDEX click_link ON click (link);
CREATE UNIQUE INDEX process_track ON process (account, track) WHERE track IS NOT NULL;
CREATE INDEX process_account ON process (account);
CREATE INDEX process_tag_process ON process_tag (process);
CREATE INDEX process_run_key ON process_run (account, key) WHERE key IS NOT NULL;
CREATE INDEX inbound_account ON inbound (account, id);
CREATE INDEX inbound_waiting ON inbound (way, account, id) WHERE waits = 1 AND node IS NULL;
CREATE INDEX lookup_account ON lookup (account, id);
CREATE INDEX lookup_pending ON lookup (node, id) WHERE node IS NOT NULL;
CREATE INDEX scenario_account ON scenario (account);
CREATE UNIQUE INDEX omni_client_id ON omni (account, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX omni_account ON omni (account);
CREATE INDEX omni_due ON omni (due) WHERE due IS NOT NULL;
CREATE UNIQUE INDEX omni_attempt_omni ON omni_attempt (omni, position);
CREATE INDEX omni_attempt_account ON omni_attempt (account);
CREATE INDEX omni_report_account ON omni_report (account, door, id);
CREATE INDEX omni_report_omni ON omni_report (omni);
CREATE UNIQUE INDEX device_token ON device (application, token);
CREATE INDEX device_msisdn ON device (application, msisdn) WHERE msisdn IS NOT NULL;
CREATE UNIQUE INDEX process_series_of ON process_series (process, tag, scope, mcc_mnc, country, os);
CREATE INDEX series_count_old ON series_count (start) WHERE length = 60000;
COMMIT;
