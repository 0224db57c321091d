"""Commands of `flask --app wsgi`: each is one service call."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.demo import load as demo_data
from portal.domain.errors import PortalError
from portal.mailers import post
from portal.queries.identity.accounts import actor_by_email
from portal.services import proposals, seals
from portal.services.identity import access_tokens
from portal.services.reputation import reputation

demo = AppGroup("demo", help="Demo data.")
events = AppGroup("events", help="The event log.")
proposals_group = AppGroup("proposals", help="Proposals.")
reputation_group = AppGroup("reputation", help="Scores.")
tokens = AppGroup("tokens", help="Access tokens of the API.")


def register(app: Flask) -> None:
    """Add the commands."""
    for group in (demo, events, proposals_group, reputation_group, tokens):
        app.cli.add_command(group)


@demo.command("load")
def demo_load() -> None:
    """Fill an empty database with eight months of a small marketplace, and say how to sign in."""
    if current_app.config["ENV_NAME"] == "production":
        raise click.ClickException("Demo data have known passwords; production does not take them.")
    loaded = demo_data.load()
    if loaded.password is None:
        click.echo("There are people in this database already; no demo data were loaded.")
    else:
        click.echo("\n".join(demo_data.sign_ins(loaded.password)))


@events.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def events_verify(*, as_json: bool) -> None:
    """Recompute the chain of the event log; exits with 1 and names the first bad entry when history was changed."""
    verdict = seals.verify()
    if as_json:
        click.echo(json.dumps(verdict.as_json()))
    elif verdict.problem is None:
        click.echo(f"All {verdict.head_number:,} entries are untouched. Head: {verdict.head_hash}")
    else:
        click.echo(verdict.problem.sentence)
    sys.exit(0 if verdict.ok else 1)


@events.command("seal")
def events_seal() -> None:
    """Link the events that wait into the chain; the periodic job does the same every few seconds."""
    click.echo(f"{seals.seal_pending(actor=post.system()):,} entries sealed.")


@proposals_group.command("expire")
def proposals_expire() -> None:
    """Time out the proposals that nobody decided; the periodic job does the same every minute."""
    click.echo(f"{proposals.expire_due(actor=post.system()).processed:,} proposals timed out.")


@tokens.command("issue")
@click.argument("email")
@click.option("--scope", type=click.Choice(access_tokens.SCOPES), default="read", help="What it may do (default read).")
@click.option("--days", type=int, default=30, help="For how long (default 30).")
@click.option("--name", default="command line", help="What it is for.")
def tokens_issue(email: str, scope: str, days: int, name: str) -> None:
    """Print a token of the person with this address; it is shown this once."""
    actor = actor_by_email(email)
    if actor is None:
        raise click.ClickException(f"Nobody who may sign in has the address {email}.")
    try:
        click.echo(access_tokens.issue(actor=actor, name=name, scope=scope, days=days).token)
    except PortalError as error:
        raise click.ClickException(error.message) from error


@reputation_group.command("recalculate")
@click.option("--all", "everybody", is_flag=True, help="Recalculate everybody, not only those whose inputs changed.")
def reputation_recalculate(*, everybody: bool) -> None:
    """Recalculate scores; the periodic job does so every few seconds for those whose inputs changed."""
    if not everybody:
        click.echo(f"{reputation.recalculate_queued(actor=post.system()):,} scores recalculated.")
        return
    done = 0
    with click.progressbar(length=0, label="Recalculating", show_pos=True) as bar:
        for done, total in reputation.recalculate_all(actor=post.system(), cause="recalculation"):
            bar.length = total
            bar.update(done - bar.pos)
    click.echo(f"{done:,} scores recalculated.")
