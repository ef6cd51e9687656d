"""THE table of HTTP routes."""

from __future__ import annotations

from typing import Any

from stentor.api.admin.api import AdminApi
from stentor.api.admin.configuration import TOML
from stentor.api.admin.devices import BindBody, DeviceBody, Devices, DeviceView, Received, ReceivedBody
from stentor.api.admin.models import (
    BalanceView,
    ErasedView,
    Ledger,
    NumberBody,
    PaymentBody,
    Revisions,
    RevisionView,
    RouteView,
    Status,
)
from stentor.api.admin.portability import Imported, Ported
from stentor.api.admin.prices import CSV
from stentor.api.admin.resources import Collection
from stentor.api.admin.short_links import ShortLinkView, StoppedBody, StoppedHosts
from stentor.api.admin.trigger import TriggerBody, Triggered
from stentor.api.admin.unowned import Unowned
from stentor.api.chained import BODY as REPORTS_BODY
from stentor.api.chained import ChainedApi, Taken
from stentor.api.conversion.routes import ConversionApi
from stentor.api.conversion.routes import rows as conversion_rows
from stentor.api.legacy.routes import LegacyApi
from stentor.api.legacy.routes import rows as legacy_rows
from stentor.api.messages import Handler
from stentor.api.omni.routes import OmniDoors
from stentor.api.omni.routes import rows as omni_rows
from stentor.api.oneapi.routes import OneApi
from stentor.api.oneapi.routes import rows as oneapi_rows
from stentor.api.openapi import OpenApi
from stentor.api.operations import Health, OperationsApi, Ready
from stentor.api.redirect import AT as LINK_PARTS
from stentor.api.redirect import PATH as LINK
from stentor.api.redirect import RedirectApi
from stentor.api.route import Parameter, Route
from stentor.api.tail import NDJSON, QUERY, Line, TailApi
from stentor.api.v1 import described
from stentor.api.v1.account import AccountApi
from stentor.api.v1.binary import BinaryApi
from stentor.api.v1.bulks import QUERY as BULK_PARAMETERS
from stentor.api.v1.bulks import BulksApi
from stentor.api.v1.conversions import AGGREGATION, MESSAGE_ID, PROCESS_KEY, ConversionsApi
from stentor.api.v1.conversions import QUERY as RATE_PARAMETERS
from stentor.api.v1.inbox import InboxApi
from stentor.api.v1.logs import LogsApi
from stentor.api.v1.lookup import LookupApi
from stentor.api.v1.lookup_models import (
    AskedResponse,
    LookupLogResponse,
    LookupResponse,
    NotifyRequest,
    QueryRequest,
)
from stentor.api.v1.models import (
    AdvancedRequest,
    BalanceResponse,
    BinaryAdvancedRequest,
    BinaryMultiRequest,
    BinarySingleRequest,
    BulkRequest,
    BulkResponse,
    BulkStatusRequest,
    BulkStatusResponse,
    ConversionRateResponse,
    EndTagResponse,
    InboxLogResponse,
    InboxResponse,
    LogResponse,
    MultiRequest,
    PreviewRequest,
    PreviewResponse,
    ReportResponse,
    SendResponse,
    SingleRequest,
)
from stentor.api.v1.preview import preview
from stentor.api.v1.query import QUERY as QUERY_PARAMETERS
from stentor.api.v1.query import QueryApi
from stentor.api.v1.reports import ReportsApi
from stentor.api.v1.send import SendApi


def table(
    *,
    send: SendApi,
    binary: BinaryApi,
    query: QueryApi,
    bulks: BulksApi,
    reports: ReportsApi,
    logs: LogsApi,
    account: AccountApi,
    inbox: InboxApi,
    lookup: LookupApi,
    operations: OperationsApi,
    tail: TailApi,
    admin: AdminApi,
    chained: ChainedApi,
    redirect: RedirectApi,
    conversions: ConversionsApi,
    legacy: LegacyApi,
    conversion: ConversionApi,
    oneapi: OneApi,
    omni: OmniDoors,
) -> tuple[Route, ...]:
    """All routes. Where two fit a path, the one with fewer `{names}` wins."""
    openapi = OpenApi()
    routes = (
        *_texts(send, query),
        *_octets(binary),
        *_bulks(bulks),
        *_results(reports, logs, account),
        *_inbox(inbox),
        *_lookup(lookup),
        *_operations(operations, tail),
        *administration(admin),
        *_chained(chained),
        *_tracking(redirect, conversions),
        *legacy_rows(legacy),
        *conversion_rows(conversion),
        *oneapi_rows(oneapi),
        *omni_rows(omni),
        *_about(openapi),
    )
    openapi.describe(routes)
    return routes


def _texts(send: SendApi, query: QueryApi) -> tuple[Route, ...]:
    return (
        Route(
            "POST",
            "/sms/1/text/single",
            send.single,
            "004 Sending SMS",
            "Send one text to one or more numbers",
            "Send SMS",
            also=("/sms/2/text/single",),
            body=SingleRequest,
            answer=SendResponse,
        ),
        Route(
            "POST",
            "/sms/1/text/multi",
            send.multi,
            "004 Personalised SMS",
            "Send texts of their own to several numbers",
            "Send SMS",
            also=("/sms/2/text/multi",),
            body=MultiRequest,
            answer=SendResponse,
        ),
        Route(
            "POST",
            "/sms/1/text/advanced",
            send.advanced,
            "004 Text message with parameters; 000 Send SMS",
            "Send with every parameter: ids, flash, notifyUrl, validity, schedule",
            "Send SMS",
            also=("/sms/2/text/advanced",),
            body=AdvancedRequest,
            answer=SendResponse,
        ),
        *(
            Route(
                method,
                "/sms/1/text/query",
                query.send,
                "wire.md A1",
                "Send one text with everything in the query string",
                "Send SMS",
                query=QUERY_PARAMETERS,
                answer=SendResponse,
                login_in_query=True,
            )
            for method in ("GET", "POST")
        ),
        Route(
            "POST",
            "/sms/1/preview",
            preview,
            "wire.md A1",
            "See how many parts a text takes, and how it will read",
            "Send SMS",
            body=PreviewRequest,
            answer=PreviewResponse,
        ),
    )


def _octets(binary: BinaryApi) -> tuple[Route, ...]:
    return (
        Route(
            "POST",
            "/sms/1/binary/single",
            binary.single,
            "xml.md 2",
            "Send octets to one or more numbers",
            "Send SMS",
            also=("/1/sms/binary/single",),
            body=BinarySingleRequest,
            answer=SendResponse,
        ),
        Route(
            "POST",
            "/sms/1/binary/multi",
            binary.multi,
            "xml.md 2",
            "Send octets of their own to several numbers",
            "Send SMS",
            also=("/1/sms/binary/multi",),
            body=BinaryMultiRequest,
            answer=SendResponse,
        ),
        Route(
            "POST",
            "/sms/1/binary/advanced",
            binary.advanced,
            "wire.md A1",
            "Send octets with every parameter",
            "Send SMS",
            also=("/sms/2/binary/advanced",),
            body=BinaryAdvancedRequest,
            answer=SendResponse,
        ),
    )


def _bulks(bulks: BulksApi) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/sms/1/bulks",
            bulks.show,
            "wire.md (b)4",
            "See when a bulk is due",
            "Scheduled bulks",
            query=BULK_PARAMETERS,
            answer=BulkResponse,
            refusals=(404,),
        ),
        Route(
            "PUT",
            "/sms/1/bulks",
            bulks.reschedule,
            "wire.md (b)4",
            "Send a scheduled bulk at another time",
            "Scheduled bulks",
            query=BULK_PARAMETERS,
            body=BulkRequest,
            answer=BulkResponse,
            refusals=(404,),
        ),
        Route(
            "GET",
            "/sms/1/bulks/status",
            bulks.status,
            "wire.md (b)4",
            "See how it stands with a bulk",
            "Scheduled bulks",
            query=BULK_PARAMETERS,
            answer=BulkStatusResponse,
            refusals=(404,),
        ),
        Route(
            "PUT",
            "/sms/1/bulks/status",
            bulks.set,
            "wire.md (b)4",
            "Pause a scheduled bulk, let it go on, or cancel it",
            "Scheduled bulks",
            query=BULK_PARAMETERS,
            body=BulkStatusRequest,
            answer=BulkStatusResponse,
            refusals=(404,),
        ),
    )


def _results(reports: ReportsApi, logs: LogsApi, account: AccountApi) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/sms/1/reports",
            reports.pull,
            "004 Delivery reports",
            "Take delivery reports: each one is given once",
            "Delivery reports and logs",
            also=("/sms/2/reports",),
            query=described.REPORTS,
            answer=ReportResponse,
        ),
        Route(
            "GET",
            "/sms/1/logs",
            logs.query,
            "004 SMS logs",
            "Read what was sent in the last 48 hours",
            "Delivery reports and logs",
            also=("/sms/2/logs",),
            query=described.LOGS,
            answer=LogResponse,
        ),
        Route(
            "POST",
            "/sms/1/logs",
            logs.query,
            "xml.md 2: samples call POST with a query string",
            "Read what was sent in the last 48 hours (as GET)",
            "Delivery reports and logs",
            query=described.LOGS,
            answer=LogResponse,
        ),
        Route(
            "GET",
            "/account/1/balance",
            account.balance,
            "wire.md A1",
            "Read the credit that is left",
            "Account",
            answer=BalanceResponse,
        ),
    )


def _inbox(inbox: InboxApi) -> tuple[Route, ...]:
    tag = "Received messages"
    return (
        Route(
            "GET",
            "/sms/1/inbox/reports",
            inbox.pull,
            "004 Receiving messages, pull",
            "Take messages that phones sent to your numbers: each one is given once",
            tag,
            query=described.INBOX_REPORTS,
            answer=InboxResponse,
        ),
        Route(
            "GET",
            "/sms/1/inbox/logs",
            inbox.logs,
            "wire.md A1",
            "Read what phones sent to your numbers in the last 48 hours",
            tag,
            query=described.INBOX_LOGS,
            answer=InboxLogResponse,
        ),
    )


def _lookup(lookup: LookupApi) -> tuple[Route, ...]:
    tag = "Number lookup"
    return (
        Route(
            "POST",
            "/number/1/query",
            lookup.query,
            "004 Number lookup",
            "Find out whose numbers are, and whether their phones can be reached",
            tag,
            body=QueryRequest,
            answer=LookupResponse,
        ),
        Route(
            "POST",
            "/number/1/notify",
            lookup.notify,
            "wire.md A1",
            "The same, with the results sent to your URL",
            tag,
            body=NotifyRequest,
            answer=AskedResponse,
        ),
        Route(
            "GET",
            "/number/1/logs",
            lookup.logs,
            "wire.md A1",
            "Read what was looked up in the last 48 hours",
            tag,
            query=described.LOOKUP_LOGS,
            answer=LookupLogResponse,
        ),
    )


def _operations(operations: OperationsApi, tail: TailApi) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/health",
            operations.health,
            "howto/watch-it.md",
            "See that the platform runs",
            "Operations",
            access="public",
            answer=Health,
        ),
        Route(
            "GET",
            "/ready",
            operations.ready,
            "howto/watch-it.md",
            "See whether the platform should get requests; 503 says why not",
            "Operations",
            access="public",
            answer=Ready,
            refusals=(503,),
        ),
        Route(
            "GET",
            "/metrics",
            operations.metrics,
            "reference/metrics.md",
            "Read all measures, from listed networks or with an operator's token",
            "Operations",
            access="public",
            answer=str,
            answer_type="text/plain",
            refusals=(401, 429),
        ),
        Route(
            "GET",
            "/admin/1/tail",
            tail.tail,
            "howto/watch-it.md",
            "Follow what happens to messages, a line for each event, for as long as you stay",
            "Operations",
            access="admin",
            query=QUERY,
            answer=Line,
            answer_type=NDJSON,
            refusals=(404,),
        ),
    )


def _chained(chained: ChainedApi) -> tuple[Route, ...]:
    return (
        Route(
            "POST",
            "/connector/{name}/{token}/reports",
            chained.reports,
            "howto/chain-platforms.md",
            "Take delivery reports from another platform that a connector sends through",
            "Chained platforms",
            access="public",
            at=(
                Parameter("name", "Name of the connector.", required=True),
                Parameter("token", "The connector's own, as the notifyUrl that it gave has it.", required=True),
            ),
            body=REPORTS_BODY,
            answer=Taken,
            refusals=(404, 503),
        ),
    )


def _tracking(redirect: RedirectApi, conversions: ConversionsApi) -> tuple[Route, ...]:
    one = "/ct/1/process/{processKey}/conversionrate"
    rate = one.replace("process/", "processes/")
    tag = "Short links and conversion"
    return (
        Route(
            "GET",
            LINK,
            redirect.follow,
            "004 URL shortening",
            "Follow a short link",
            tag,
            access="public",
            at=LINK_PARTS,
            status=302,
            refusals=(410,),
        ),
        Route(
            "POST",
            "/ct/1/log/end/{messageId}",
            conversions.end,
            "000 Conversion tracking solution",
            "Say that the process that a message began came to its end",
            tag,
            at=(MESSAGE_ID,),
            answer=EndTagResponse,
        ),
        Route(
            "GET",
            rate,
            conversions.rate,
            "wire.md A1",
            "Read how many of a process's beginnings came to their end",
            tag,
            also=(one,),
            at=(PROCESS_KEY,),
            query=RATE_PARAMETERS,
            answer=ConversionRateResponse,
        ),
        Route(
            "GET",
            f"{rate}/{{aggregation}}",
            conversions.rate,
            "wire.md A1",
            "The same by country, network or operating system",
            tag,
            also=(f"{one}/{{aggregation}}",),
            at=(PROCESS_KEY, AGGREGATION),
            query=RATE_PARAMETERS,
            answer=ConversionRateResponse,
        ),
    )


def _about(openapi: OpenApi) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/openapi.json",
            openapi.answer,
            "OpenAPI 3.1",
            "Read this description",
            "Description",
            access="public",
            answer=dict,
        ),
    )


_HOWTO = "howto/administer.md"
_LIMIT = Parameter("limit", "At most so many, 1 to 1000; 100 by default.", int)
_PREVIEW = Parameter("preview", "`true`: say what would change, and change nothing.", bool)
_PIECES = (
    Parameter("more", "`true`: more pieces of the file follow.", bool),
    Parameter("part_of", "The import that this piece belongs to: `part_of` of the answer before.", int),
    Parameter("line", "The number of its first line in the file, for messages.", int),
)
_PRUNE = Parameter("prune", "`true`: also drop what the file does not have.", bool)


def administration(admin: AdminApi) -> tuple[Route, ...]:
    """What operators call, and the command line through the local socket."""
    return (*(route for one in admin.collections for route in _collection(one)), *_accounts(admin), *_rest(admin))


def _collection(collection: Collection) -> tuple[Route, ...]:
    """The six routes of a resource."""
    resource = collection.resource
    path, what = f"/admin/1/{resource.path}", resource.summary
    one = path + "".join(f"/{{{name}}}" for name in resource.key)
    tag = f"Administration: {resource.path}"
    after = Parameter("after", "Go on behind this key: the `next` of the answer before.")
    filters = tuple(Parameter(name, f"Only with this {name}.") for name in resource.filters)
    several = collection.view_of_several

    def row(method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        return Route(method, path, handler, _HOWTO, summary, tag, access="admin", **more)

    body, view, changed = resource.body, resource.view, collection.partial_body()
    there, used = (409,), (404, 409)
    return (
        row("GET", path, collection.list, f"List: {what}", query=(*filters, _LIMIT, after), answer=several),
        row("POST", path, collection.make, f"Make: {what}", body=body, answer=view, status=201, refusals=there),
        row("GET", one, collection.show, f"Show: {what}", answer=view, refusals=(404,)),
        row("PUT", one, collection.replace, f"Make or replace: {what}", body=body, answer=view, refusals=there),
        row("PATCH", one, collection.change, f"Change: {what}", body=changed, answer=view, refusals=used),
        row("DELETE", one, collection.remove, f"Remove: {what}", status=204, refusals=used),
    )


def _accounts(admin: AdminApi) -> tuple[Route, ...]:
    credit, lists = "Administration: accounts", "Administration: prices"

    def row(method: str, path: str, handler: Handler, summary: str, tag: str, **more: Any) -> Route:
        return Route(method, path, handler, _HOWTO, summary, tag, access="admin", refusals=(404,), **more)

    before = Parameter("before", "Go on behind the row with this id.")
    pay, ledger, prices = admin.credit.pay, admin.credit.ledger, admin.prices
    return (
        row("POST", "/admin/1/accounts/{name}/credit", pay, "Give credit, or take it back", credit,
            body=PaymentBody, answer=BalanceView),
        row("GET", "/admin/1/accounts/{name}/ledger", ledger, "Read the ledger, newest first", credit,
            query=(_LIMIT, before), answer=Ledger),
        row("GET", "/admin/1/price-lists/{list}", prices.export, "Read a price list as CSV", lists,
            answer=str, answer_type=CSV),
        row("POST", "/admin/1/price-lists/{list}", prices.take, "Import a price list from CSV", lists,
            query=(_PREVIEW, _PRUNE), body=str, body_type=CSV, answer=RevisionView),
    )  # fmt: skip


def _rest(admin: AdminApi) -> tuple[Route, ...]:
    tag = "Administration"

    def row(method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        return Route(method, path, handler, _HOWTO, summary, tag, access="admin", **more)

    revisions, files = admin.revisions, admin.configuration
    kind = Parameter("kind", "Only revisions that changed this kind, e.g. rule.")
    before = Parameter("before", "Only numbers under this one.", int)
    secrets = Parameter("secrets", "`true`: with the secrets; otherwise `<kept>` stands for them.", bool)
    sending = (
        Parameter("to", "The number.", required=True),
        Parameter("from", "The sender."),
        Parameter("account", "The account; may be left out when there is only one."),
        Parameter("text", "The text, for the number of its parts."),
    )
    return (
        row("GET", "/admin/1/revisions", revisions.list, "Read the audit log, newest first",
            query=(kind, _LIMIT, before), answer=Revisions),
        row("GET", "/admin/1/revisions/{number}", revisions.show, "Show what a revision changed",
            answer=RevisionView, refusals=(404,)),
        row("POST", "/admin/1/revisions/{number}/undo", revisions.undo, "Take a revision back",
            query=(_PREVIEW,), answer=RevisionView, refusals=(404, 409)),
        row("GET", "/admin/1/config", files.export, "Read everything that is defined as one file",
            query=(secrets,), answer=str, answer_type=TOML),
        row("POST", "/admin/1/config", files.take, "Apply a configuration file",
            query=(_PREVIEW, _PRUNE), body=str, body_type=TOML, answer=RevisionView, refusals=(409,)),
        row("GET", "/admin/1/route", admin.routes.test, "Say where a message would go, at what price, and why",
            query=sending, answer=RouteView, refusals=(404,)),
        row("GET", "/admin/1/status", admin.status.status, "See how the platform fares and what holds messages up",
            answer=Status, refusals=(409,)),
        row("GET", "/admin/1/unowned", admin.unowned.list, "Read messages to numbers that nobody owns, newest first",
            query=(_LIMIT,), answer=Unowned),
        row("POST", "/admin/1/trigger/mo", admin.trigger.mo, "Let a phone of the simulated network write to a number",
            body=TriggerBody, answer=Triggered, refusals=(404, 409)),
        row("GET", "/admin/1/links/{first}/{second}", admin.short_links.show, "Show a short link and its clicks",
            answer=ShortLinkView, refusals=(404,)),
        row("PUT", "/admin/1/links/{first}/{second}", admin.short_links.stop, "Stop a short link, or let it go on",
            body=StoppedBody, answer=ShortLinkView, refusals=(404,)),
        row("GET", "/admin/1/link-hosts", admin.short_links.hosts, "List the hosts that no short link may lead to",
            answer=StoppedHosts),
        row("PUT", "/admin/1/link-hosts/{host}", admin.short_links.stop_host,
            "Stop all short links to a host, or let them go on", body=StoppedBody, answer=StoppedHosts),
        row("GET", "/admin/1/portability", admin.portability.show, "Say how many ported numbers are imported",
            answer=Ported),
        row("POST", "/admin/1/portability", admin.portability.take, "Import ported numbers from CSV",
            query=(_PREVIEW, _PRUNE, *_PIECES), body=str, body_type=CSV, answer=Imported),
        row("GET", "/admin/1/devices", admin.devices.list, "List devices of push applications",
            query=(Parameter("application", "Only of the application with this name."), _LIMIT,
                   Parameter("after", "Go on behind this id: the `next` of the answer before.")), answer=Devices),
        row("POST", "/admin/1/devices", admin.devices.make, "Register a device", body=DeviceBody, answer=DeviceView,
            status=201),
        row("PUT", "/admin/1/devices/{id}", admin.devices.bind, "Tie a device to a phone number", body=BindBody,
            answer=DeviceView, refusals=(404,)),
        row("DELETE", "/admin/1/devices/{id}", admin.devices.remove, "Forget a device", status=204, refusals=(404,)),
        row("POST", "/admin/1/received", admin.devices.received, "Say in place of a device which messages it has",
            body=ReceivedBody, answer=Received, refusals=(409,)),
        row("POST", "/admin/1/erase", admin.messages.erase, "Forget the messages of a number",
            body=NumberBody, answer=ErasedView),
    )  # fmt: skip
