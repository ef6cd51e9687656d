"""`stentor COMMAND`: each command's parts are loaded only when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from stentor.cli import exits

app = typer.Typer(
    name="stentor",
    help="A self-hosted messaging platform: SMS over HTTP and SMPP, routed, delivered and reported.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
message_app = typer.Typer(help="Look at messages.", no_args_is_help=True)
app.add_typer(message_app, name="message")

_QUICK = ("demo", "serve", "smsc", "version", "--version", "message", "backup", "restore")
"""Commands that need none of those that `administering` makes of the API's models."""

_MAX_PORT = 65_535

Data = Annotated[Path, typer.Option("--data", help="Folder of the embedded database.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Its configuration file, instead of --data.")]


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _whole(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """What holds for every command."""


@app.command()
def demo(
    *,
    data: Data = Path("data"),
    port: Annotated[int, typer.Option(help="Port of the HTTP API; 0 takes a free one.", min=0, max=_MAX_PORT)] = 8080,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready, logs to stderr.")] = False,
    smpp_upstream: Annotated[
        bool, typer.Option("--smpp-upstream", help="Send through a real SMPP link to a simulated SMSC.")
    ] = False,
) -> None:
    """Start a whole platform on this machine: simulated network, demo account, nothing to configure."""
    from stentor.cli.demo import run_demo

    run_demo(data, port, as_json=json, smpp_upstream=smpp_upstream)


@app.command()
def serve(
    config: Annotated[Path, typer.Option("--config", "-c", help="TOML file; see `stentor config`.")],
) -> None:
    """Run the platform from a configuration file."""
    from stentor.cli.serve import run_serve

    run_serve(config)


@app.command()
def smsc(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=_MAX_PORT)] = 2775,
    system_id: Annotated[str | None, typer.Option(help="The only login taken; any by default.")] = None,
    password: Annotated[str | None, typer.Option(help="Its password; any by default.")] = None,
    delay: Annotated[float, typer.Option(help="Seconds until the delivery receipt.", min=0)] = 0.1,
    round_trip: Annotated[float, typer.Option(help="Seconds until submit_sm_resp.", min=0)] = 0.0,
    rate: Annotated[
        float | None, typer.Option(help="Most submit_sm a second, more are throttled; any by default.", min=0.01)
    ] = None,
    window: Annotated[int, typer.Option(help="Unanswered deliver_sm per session.", min=1)] = 100,
    id_form: Annotated[
        Literal["dec", "hex"], typer.Option(help='"hex": ids in responses are hexadecimal, in receipts decimal.')
    ] = "dec",
    receipt: Annotated[Literal["text", "tlv", "both"], typer.Option(help="How receipts name their message.")] = "both",
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM certificate; with --tls-key, speaks TLS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM private key.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Run a stand-alone simulated SMSC that speaks SMPP 3.4; magic numbers choose what happens."""
    from stentor.cli.smsc import run_smsc

    options = {
        "system_id": system_id,
        "password": password,
        "delay": delay,
        "round_trip": round_trip,
        "rate": rate,
        "window": window,
        "id_form": id_form,
        "receipt": receipt,
    }
    run_smsc(host, port, options, (tls_certificate, tls_key), as_json=json)


@message_app.command("show")
def message_show(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The messageId, ours or the client's.")],
    *,
    data: Data = Path("data"),
    config: Config = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell the whole story of one message, while the platform runs or not."""
    from stentor.cli.message import show

    if config is not None:
        from stentor.config import load

        data = Path(load(config).storage.data)
    show(message_id, data, as_json=json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the backup.")],
    *,
    data: Data = Path("data"),
    config: Config = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Leave out the key file; sealed secrets cannot be opened without it.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Write all data to one file, while the platform runs or not."""
    from stentor.cli.backup import run_backup

    run_backup(file, data, config, without_key=without_key, force=force, as_json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `stentor backup` wrote.")],
    *,
    data: Data = Path("data"),
    config: Config = None,
    force: Annotated[
        bool, typer.Option("--force", help="The folder is not empty: move what is there to DIR.before-restore-TIME.")
    ] = False,
    drop_queue: Annotated[
        bool,
        typer.Option("--drop-queue/--keep-queue", help="End queued messages unsent: they may have gone out since."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Put a backup into a data folder that no program runs on."""
    from stentor.cli.backup import run_restore

    run_restore(file, data, config, force=force, drop=drop_queue, as_json=json)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    typer.echo(version_of("stentor"))


def main() -> None:
    """The entry point: a mistake of the user's is one sentence on stderr, never a traceback."""
    with exits.explained():
        if not (len(sys.argv) > 1 and sys.argv[1] in _QUICK):
            from stentor.cli.administering import register

            register(app)
        app()
