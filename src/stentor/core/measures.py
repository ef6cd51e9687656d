"""THE table of measures: everything `/metrics` says, with its unit and meaning. docs/reference/metrics.md prints it.

No label names an account, a number or a message: there may be ten thousand accounts, and each would be a series.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["counter", "gauge", "histogram"]


class Measure(msgspec.Struct, frozen=True):
    """`name` as it is scraped, but for the `_bucket`, `_sum` and `_count` of a histogram."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    unit: str
    meaning: str


TRAFFIC = (
    Measure("stentor_messages_accepted_total", "counter", (), "messages", "Taken over from customers: on disk."),
    Measure(
        "stentor_messages_rejected_total",
        "counter",
        ("status",),
        "messages",
        "Refused when they came, by the status in the answer.",
    ),
    Measure(
        "stentor_messages_final_total",
        "counter",
        ("status", "error"),
        "messages",
        "Came to their end after acceptance, by status and number of the GSM error.",
    ),
    Measure("stentor_parts_sent_total", "counter", ("connector",), "parts", "Taken by an upstream."),
    Measure("stentor_parts_refused_total", "counter", ("connector",), "parts", "Refused by an upstream for good."),
    Measure(
        "stentor_parts_uncertain_total",
        "counter",
        ("connector",),
        "parts",
        "Without an answer when the link was lost.",
    ),
    Measure(
        "stentor_messages_postponed_total",
        "counter",
        ("connector",),
        "messages",
        "Refused for now: back in the queue for a later offer.",
    ),
    Measure(
        "stentor_messages_diverted_total",
        "counter",
        ("connector",),
        "messages",
        "Left that connector for another of their rule.",
    ),
    Measure("stentor_receipts_total", "counter", ("connector",), "receipts", "Receipts matched to a message."),
    Measure(
        "stentor_reports_total",
        "counter",
        ("outcome",),
        "reports",
        "Owed to customers and `pulled`, `notified`, `failed` (one try at a URL) or `given_up`.",
    ),
    Measure(
        "stentor_link_clicks_total",
        "counter",
        ("by",),
        "clicks",
        "Short links followed by a `person`, or by a `machine` that looked at them.",
    ),
    Measure("stentor_link_clicks_lost_total", "counter", (), "clicks", "Not written: the disk refused for too long."),
    Measure(
        "stentor_conversions_begun_total",
        "counter",
        ("type",),
        "processes",
        "Begun by tracked messages: of type `ONE_TIME_PIN`, `SOCIAL_INVITES` or any `other`.",
    ),
    Measure("stentor_conversions_ended_total", "counter", ("type",), "processes", "Of those, came to their end."),
    Measure(
        "stentor_conversion_alarms",
        "gauge",
        ("type",),
        "processes",
        "In one country each: came to their end half as often in the last hour as in the week before.",
    ),
    Measure("stentor_events_total", "counter", ("event",), "events", "Lines of message histories, by their word."),
)

LATENCY = (
    Measure(
        "stentor_http_request_duration_seconds",
        "histogram",
        ("method", "route", "status"),
        "seconds",
        "From a request's head to its answer, by path of the route and HTTP status; streams are left out.",
    ),
    Measure(
        "stentor_message_until_sent_seconds",
        "histogram",
        ("connector",),
        "seconds",
        "From acceptance, or from `sendAt`, until the upstream had every part.",
    ),
    Measure(
        "stentor_message_until_final_seconds",
        "histogram",
        ("connector",),
        "seconds",
        "From there to the final status.",
    ),
)

UPSTREAMS = (
    Measure(
        "stentor_queue_messages",
        "gauge",
        ("connector", "place"),
        "messages",
        "Wait to be sent: due in `memory` or on `disk`, or on disk for `later` (scheduled, or refused for now).",
    ),
    Measure("stentor_upstream_up", "gauge", ("connector",), "0 or 1", "Whether a session is bound that can send."),
    Measure(
        "stentor_upstream_trouble",
        "gauge",
        ("connector", "kind"),
        "0 or 1",
        "Why messages had better go elsewhere: `down`, `throttled` or `slow`.",
    ),
    Measure("stentor_upstream_sessions_bound", "gauge", ("connector",), "sessions", "Bound, of those that can send."),
    Measure("stentor_upstream_sessions", "gauge", ("connector",), "sessions", "As configured."),
    Measure(
        "stentor_upstream_window_used",
        "gauge",
        ("connector",),
        "parts",
        "In flight over all sessions: not answered, or not yet on disk.",
    ),
    Measure(
        "stentor_upstream_window_effective",
        "gauge",
        ("connector",),
        "parts",
        "May be in flight now: the window of the moment times the sessions bound.",
    ),
    Measure(
        "stentor_upstream_window",
        "gauge",
        ("connector",),
        "parts",
        "May be in flight at most: the configured window times the configured sessions.",
    ),
    Measure(
        "stentor_upstream_round_trip_seconds",
        "gauge",
        ("connector",),
        "seconds",
        "From submit_sm to its response, smoothed; absent until measured.",
    ),
    Measure(
        "stentor_upstream_rate_learned",
        "gauge",
        ("connector",),
        "parts/s",
        "What the upstream was found to take; absent if it never throttled.",
    ),
    Measure("stentor_upstream_submitted_total", "counter", ("connector",), "parts", "Given to the upstream."),
    Measure("stentor_upstream_answered_total", "counter", ("connector",), "parts", "Answered by the upstream."),
    Measure("stentor_upstream_throttled_total", "counter", ("connector",), "parts", "Answered with a request to wait."),
)

WEBHOOKS = (
    Measure("stentor_reports_owed", "gauge", ("way",), "reports", "Not yet with the customer: `pull` or `notify`."),
    Measure("stentor_notify_hosts", "gauge", ("state",), "hosts", "Hosts with reports in hand, `well` or `troubled`."),
    Measure(
        "stentor_notify_waiting",
        "gauge",
        ("host",),
        "reports",
        "In memory for a host: the ten in most trouble by name, all others as `other`.",
    ),
    Measure("stentor_notify_calls", "gauge", ("host",), "calls", "Under way to those hosts."),
    Measure("stentor_notify_failures", "gauge", ("host",), "calls", "Failed in a row at those hosts."),
)

INBOUND = (
    Measure("stentor_inbound_parts_total", "counter", ("connector",), "parts", "From phones, by where they came in."),
    Measure(
        "stentor_inbound_messages_total",
        "counter",
        ("way",),
        "messages",
        "From phones, put together, by the way they go to their owner; `nobody`: the number has none.",
    ),
    Measure(
        "stentor_inbound_given_total", "counter", ("way",), "messages", "Taken by their owner: `pull` or over `smpp`."
    ),
    Measure(
        "stentor_inbound_waiting",
        "gauge",
        ("way",),
        "messages",
        "Not yet with their owner: for `pull`, for `smpp`, for a call to a `url`, or for more `parts`.",
    ),
)

LOOKUPS = (
    Measure(
        "stentor_lookups_total",
        "counter",
        ("resolver", "status"),
        "numbers",
        "Answers about numbers, remembered ones too, by the resolver that gave them and their status.",
    ),
    Measure(
        "stentor_lookup_failures_total",
        "counter",
        ("resolver",),
        "requests",
        "To resolvers that did not answer in time, or not as they should.",
    ),
    Measure("stentor_lookup_seconds", "histogram", ("resolver",), "seconds", "Until a resolver answered a request."),
    Measure("stentor_lookups_waiting", "gauge", (), "numbers", "In memory for answers that go to a URL."),
)

OMNI = (
    Measure("stentor_omni_messages_accepted_total", "counter", (), "messages", "Over scenarios, taken over: on disk."),
    Measure(
        "stentor_omni_messages_rejected_total",
        "counter",
        ("status",),
        "messages",
        "Over scenarios, refused when they came, by the status in the answer.",
    ),
    Measure("stentor_omni_steps_begun_total", "counter", ("channel",), "steps", "Begun, by channel."),
    Measure(
        "stentor_omni_steps_ended_total",
        "counter",
        ("channel", "status"),
        "steps",
        "Came to their end, by channel and status; one that did not deliver was left for the next.",
    ),
    Measure(
        "stentor_omni_steps_late_total",
        "counter",
        ("channel",),
        "steps",
        "Their channel said what became of them when they were over: recorded, and nothing else.",
    ),
    Measure("stentor_omni_in_hand", "gauge", (), "messages", "In memory: a step begins, ends, or goes to its channel."),
    Measure(
        "stentor_omni_waiting",
        "gauge",
        ("until",),
        "messages",
        "On disk: to be looked at `now`, or `later` (scheduled, or a step that its channel has).",
    ),
)

SESSIONS = (
    Measure("stentor_smpp_connections", "gauge", (), "connections", "Open to the SMPP server, bound or not."),
    Measure(
        "stentor_smpp_sessions", "gauge", ("kind",), "sessions", "Bound: `transmitter`, `receiver` or `transceiver`."
    ),
    Measure(
        "stentor_smpp_binds_refused_total", "counter", ("status",), "binds", "By the command_status in the answer."
    ),
    Measure(
        "stentor_smpp_answers_total",
        "counter",
        ("status",),
        "requests",
        "submit_sm and other requests of bound sessions, by the command_status in the answer.",
    ),
    Measure(
        "stentor_smpp_pdus_refused_total",
        "counter",
        ("status",),
        "PDUs",
        "That could not be read or came at the wrong time.",
    ),
    Measure(
        "stentor_smpp_delivered_total",
        "counter",
        ("outcome",),
        "deliveries",
        "Receipts, received messages and results of lookups: `delivered`, `refused` for good, `unanswered` (they go out"
        " again).",
    ),
    Measure("stentor_smpp_waiting", "gauge", (), "deliveries", "In memory for bound sessions."),
)

STORE = (
    Measure("stentor_store_commits_total", "counter", (), "transactions", "Committed, with fsync."),
    Measure("stentor_store_commit_seconds", "histogram", (), "seconds", "Duration of a commit."),
    Measure("stentor_store_failures_total", "counter", (), "units", "Pieces of work that the database refused."),
    Measure("stentor_store_backlog", "gauge", (), "units", "Pieces of work that wait for the next transaction."),
    Measure("stentor_store_bytes", "gauge", ("file",), "bytes", "Size of the database, `data` or `wal`."),
    Measure("stentor_disk_free_bytes", "gauge", (), "bytes", "Free on the database's disk."),
)

PROCESS = (
    Measure("stentor_build_info", "gauge", ("version", "python", "sqlite"), "1", "What runs."),
    Measure("stentor_ready", "gauge", (), "0 or 1", "What /ready answers."),
    Measure(
        "stentor_event_loop_lag_seconds",
        "histogram",
        (),
        "seconds",
        "How late the event loop was, looked at twice a second.",
    ),
    Measure("stentor_http_connections", "gauge", (), "connections", "Open to the HTTP API."),
    Measure("stentor_login_failures_total", "counter", ("who",), "requests", "Answered 401: `account`, `admin`."),
    Measure("stentor_tails", "gauge", (), "readers", "Readers of the live feed."),
    Measure("stentor_tail_dropped_total", "counter", (), "events", "Left out because their reader was too slow."),
    Measure("process_cpu_seconds_total", "counter", (), "seconds", "CPU time, user and system."),
    Measure("process_resident_memory_bytes", "gauge", (), "bytes", "Memory in use."),
    Measure("process_virtual_memory_bytes", "gauge", (), "bytes", "Address space in use."),
    Measure("process_start_time_seconds", "gauge", (), "seconds", "When it started, since 1970."),
    Measure("process_open_fds", "gauge", (), "files", "Open files and connections."),
    Measure("process_max_fds", "gauge", (), "files", "Most there may be."),
)

GROUPS: dict[str, tuple[Measure, ...]] = {
    "Traffic": TRAFFIC,
    "Latency": LATENCY,
    "Upstreams": UPSTREAMS,
    "Webhooks": WEBHOOKS,
    "Received messages": INBOUND,
    "Number lookup": LOOKUPS,
    "Scenarios": OMNI,
    "SMPP server": SESSIONS,
    "Store": STORE,
    "Process": PROCESS,
}
TABLE: dict[str, Measure] = {one.name: one for group in GROUPS.values() for one in group}
