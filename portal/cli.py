"""Commands of `flask --app wsgi`: each is one service call."""

from __future__ import annotations

import codecs
import json
import os
import secrets
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo, with_appcontext
from sqlalchemy import make_url

from portal import checkup
from portal.demo import load as demo_data
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.permissions import Actor
from portal.extensions import DATABASE_AWAY
from portal.mailers import post
from portal.queries.identity.accounts import actor_by_email
from portal.services import proposals_in_bulk
from portal.services.billing import payees
from portal.services.billing import verification as ledger_check
from portal.services.candidates import erasure, keys, phones
from portal.services.identity import access_tokens, accounts, external, setting_up
from portal.services.log import archive_files, archiving, chain, checkpoints, months, verification
from portal.services.machinery import stamps
from portal.services.messages import retention
from portal.services.reputation import reputation
from portal.wording.writing import plural

NO_DATABASE = (
    "The database does not answer at {where}. Start it first (`make run` starts one, and commands beside it find it),"
    " or name another in DATABASE_URL."
)


@contextmanager
def _reaching_the_database(ctx: click.Context) -> Iterator[None]:
    """Say in a sentence that there is no database, where a command would end with a traceback."""
    try:
        yield
    except DATABASE_AWAY as error:
        where = make_url(ctx.ensure_object(ScriptInfo).load_app().config["SQLALCHEMY_DATABASE_URI"])
        raise click.ClickException(
            NO_DATABASE.format(where=f"{where.host or 'its socket'}:{where.port or 5432}")
        ) from error


class Commands(AppGroup):
    """Commands that need the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run one of them."""
        with _reaching_the_database(ctx):
            return super().invoke(ctx)


class Command(click.Command):
    """A command that needs the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run it."""
        with _reaching_the_database(ctx):
            return super().invoke(ctx)


candidates_group = Commands("candidates", help="Candidates.")
demo = Commands("demo", help="Demo data.")
events = Commands("events", help="The event log.")
mails = Commands("mails", help="Emails.")
ledger = Commands("ledger", help="The books of money.")
keys_group = Commands("keys", help="The keys that find duplicates of candidates.")
payees_group = Commands("payees", help="Bank details of recruiters.")
proposals_group = Commands("proposals", help="Proposals.")
reputation_group = Commands("reputation", help="Scores.")
STRAYS = "trouble.md#events-lie-outside-their-months"
VERIFY_AT_ONCE = 20_000  # entries between two moves of the progress bar
identities = Commands("identities", help="Subjects of the identity provider.")
tokens = Commands("tokens", help="Access tokens of the API.")


def register(app: Flask) -> None:
    """Add the commands."""
    for group in (
        candidates_group,
        demo,
        events,
        identities,
        keys_group,
        ledger,
        mails,
        payees_group,
        proposals_group,
        reputation_group,
        tokens,
    ):
        app.cli.add_command(group)
    for command in (admit, check, setup):
        app.cli.add_command(command)


def app_that_only_checks() -> Flask:
    """Make what stands for the app while its settings are wrong: it serves nothing."""
    app = Flask(__name__)
    app.cli.add_command(check)
    return app


@click.command("check")
def check() -> None:
    """Print every setting, what is wrong with it and what to do; exits with 1 when something is."""
    found = list(checkup.findings(os.environ))
    for one in found:
        click.echo(f"{one.state:<5}{one.name:<28}{one.said}")
    bad = sum(one.state == checkup.BAD for one in found)
    click.echo(f"{bad} to mend." if bad else "Nothing to mend.")
    sys.exit(1 if bad else 0)


@click.command("setup", cls=Command)
@click.option("--platform", prompt="Name of the platform", help="What the platform is called.")
@click.option("--name", prompt="Your name", help="Name of the first platform admin.")
@click.option("--email", prompt="Your email address", help="Address of the first platform admin.")
@with_appcontext
def setup(platform: str, name: str, email: str) -> None:
    """Name the platform, make its first admin, and print the link that sets the password; it is shown this once."""
    try:
        reset_id = setting_up.set_up(platform=platform, name=name, email=email)
    except PortalError as error:
        raise click.ClickException(error.message) from error
    _echo_link(reset_id)


@click.command("admit", cls=Command)
@click.option("--name", required=True, help="Name of the admin, if the portal does not know the address.")
@click.option("--email", required=True, help="Address of the admin.")
@with_appcontext
def admit(name: str, email: str) -> None:
    """Make a platform admin when none can sign in, and print the link that sets the password; the log tells of it."""
    with _refusals():
        reset_id = setting_up.admit_admin(name=name, email=email)
    _echo_link(reset_id)


def _echo_link(reset_id: uuid.UUID) -> None:
    click.echo(f"{current_app.config['PUBLIC_URL']}/reset/{accounts.reset_token(reset_id)}")


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
@click.option("--all", "from_start", is_flag=True, help="Start at the first entry, not at the last verified one.")
@click.option("--kept", type=click.File("rb"), help="Checkpoint lines kept elsewhere, to compare with.")
@click.option("--archive", type=click.Path(exists=True, path_type=Path), help="Verify this file alone; no database.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def events_verify(*, from_start: bool, kept: BinaryIO | None, archive: Path | None, as_json: bool) -> None:
    """Verify the event log; exits with 1 and names the first bad entry if history was changed."""
    if archive is not None:
        _verify_archive(archive, as_json=as_json)
    start = 0 if from_start else verification.progress().verified
    verdict = _verify_in_parts(start, _kept_lines(kept.read()) if kept else ())
    again = verification.check_again(actor=post.system()) if start and verdict.ok else None
    verdict = again if again and not again.ok else verdict
    if as_json:
        click.echo(json.dumps({**verdict.as_json(), "verified_from": start + 1}))
    elif verdict.problem is None:
        click.echo(f"{_checked(start, verdict.head_number, again.checked if again else 0)} Head: {verdict.head_hash}")
    else:
        click.echo(verdict.problem.sentence)
    sys.exit(0 if verdict.ok else 1)


def _verify_archive(path: Path, *, as_json: bool) -> NoReturn:
    verdict = archive_files.verify(path)
    good = f"All {verdict.checked:,} entries of {path.name} are intact; the last is entry {verdict.head_number:,}."
    said = verdict.problem.sentence if verdict.problem else good
    click.echo(json.dumps(verdict.as_json()) if as_json else said)
    sys.exit(0 if verdict.ok else 1)


@events.command("archive")
@click.option("--before", type=click.DateTime(["%Y-%m"]), required=True, help="The first month that stays.")
@click.option("--to", "directory", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
def events_archive(*, before: datetime, directory: Path) -> None:
    """Move months that are over for a year into files of this directory, and remove them once each file verifies."""
    count = 0
    with _refusals():
        for archive in archiving.archive(before.replace(tzinfo=UTC), directory, actor=post.system()):
            count += 1
            click.echo(f"{archive.name}: {archive.entries:,} entries, SHA-256 {archive.digest.hex()}")
    click.echo(f"{plural(count, 'file')} written. Keep each in two places, with EVENT_SEAL_KEYS.")


def _kept_lines(data: bytes) -> list[str]:
    """Read lines that somebody kept, in whichever encoding their shell wrote them."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    lines = data.decode("utf-16" if marked else "utf-8-sig", errors="replace").splitlines()
    if not any(map(checkpoints.is_line, lines)):
        raise click.ClickException("No line of this file is a checkpoint. Name one that `events checkpoint` printed.")
    return lines


def _checked(start: int, head: int, again: int) -> str:
    """Return what was checked now, and what was only checked before: a slice of it was checked again."""
    if not start:
        return f"All {head:,} entries are intact, verified now."
    now = {0: "No entry is new", 1: f"Entry {head:,} is intact"}
    said = now.get(head - start, f"Entries {start + 1:,} to {head:,} are intact")
    if again == start:
        return f"{said}; the {start:,} before were verified earlier and again now."
    return f"{said}; the {start:,} before were verified earlier and {again:,} of them again now, `--all` checks all."


def _verify_in_parts(start: int, kept: Sequence[str]) -> verification.Verdict:
    """Verify with a progress bar for whoever watches a terminal."""
    after, length = start, max(0, chain.head()[0] - start)
    watched = sys.stderr.isatty()
    with click.progressbar(length=length, label="Verifying", file=sys.stderr, show_pos=True, hidden=not watched) as bar:
        while True:
            verdict = verification.verify(after=after, most=VERIFY_AT_ONCE, kept=kept)
            verification.keep_verified(verdict, actor=post.system())
            bar.update(verdict.checked)
            if verdict.next is None:
                return verdict
            after = verdict.next


@events.command("seal")
def events_seal() -> None:
    """Link the events that wait into the chain; the periodic job does the same every few seconds."""
    click.echo(f"{chain.seal_pending(actor=post.system()):,} entries sealed.")


@events.command("months")
def events_months() -> None:
    """Make the partitions of the log for the months to come; the periodic job does the same every hour."""
    added = months.add_ahead(actor=post.system())
    stand = months.stand()
    click.echo(f"{plural(added, 'partition')} made; there are months up to {stand.end:%Y-%m-%d}.")
    if stand.has_strays:
        raise click.ClickException(f"Events lie outside of them: see docs/operations/{STRAYS}.")


@events.command("checkpoint")
def events_checkpoint() -> None:
    """Print the newest checkpoint as a line to keep elsewhere; `events verify --kept` compares the log with it."""
    mark = checkpoints.newest()
    if mark is None:
        raise click.ClickException("Nothing is sealed yet, so there is no checkpoint.")
    click.echo(json.dumps(asdict(mark)))


@events.command("restored")
@click.option("--reason", required=True, help="Why, and from which backup: it goes into the log.")
def events_restored(reason: str) -> None:
    """Record that the database was restored from a backup, so that later checkpoints no longer count."""
    number = verification.restored(reason, actor=post.system())
    click.echo(f"Recorded. The log goes on after entry {number:,}; checkpoints of later entries are void.")


@events.command("new-key")
def events_new_key() -> None:
    """Print a value for EVENT_SEAL_KEYS with a new key in front; restart every process with it within ten minutes."""
    click.echo(stamps.with_new_key(secrets.token_urlsafe(48)))


@mails.command("archive")
@click.option("--before", type=click.DateTime(["%Y-%m"]), required=True, help="The first month that stays.")
@click.option("--to", "directory", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
def mails_archive(*, before: datetime, directory: Path) -> None:
    """Remove emails that were settled for a year; a file of this directory keeps that they were sent, not the words."""
    with _refusals():
        count = retention.archive(before.replace(tzinfo=UTC), directory, actor=post.system())
    click.echo(f"{plural(count, 'email')} removed.")


@ledger.command("verify")
def ledger_verify() -> None:
    """Compare the ledger with its accounts, fees and events; exits with 1 and names every row that was changed."""
    verdict = ledger_check.verify()
    for finding in verdict.findings:
        click.echo(finding.sentence)
    if verdict.ok:
        click.echo(f"All {verdict.transfers:,} transfers agree with their accounts and events.")
    sys.exit(0 if verdict.ok else 1)


@keys_group.command("recompute")
def keys_recompute() -> None:
    """Make the keys of all candidates by the rules of this release, and name those that two records would share."""
    changed = 0
    while True:  # again, as long as one key makes room for another
        parts = list(keys.recompute(actor=post.system()))
        clashes = [clash for part in parts for clash in part.clashes]
        renewed = sum(part.changed for part in parts)
        changed += renewed
        if not (clashes and renewed):
            break
    for clash in clashes:
        click.echo(f"Same {clash.column}: /candidates/{clash.candidate_id} and /candidates/{clash.other_id}.")
    click.echo(f"{sum(part.seen for part in parts):,} candidates, {changed:,} keys renewed, {len(clashes):,} left.")


@payees_group.command("reseal")
def payees_reseal() -> None:
    """Encrypt all bank details with the first of PAYEE_KEYS; the other keys can go then."""
    click.echo(f"Encrypted with the first key: {payees.reseal(actor=post.system()):,} bank details.")


@candidates_group.command("phones")
@click.option("--mend", is_flag=True, help="Store the right ones.")
def candidates_phones(*, mend: bool) -> None:
    """Name the telephone numbers that a spreadsheet certainly made longer before they were imported."""
    found = list(phones.lengthened(actor=post.system(), mend=mend))
    for one in found:
        left = f"would be {one.right}" + (", which another candidate has" if mend else "")
        click.echo(f"/candidates/{one.candidate_id}: {one.stored} {f'is {one.right}' if one.is_mended else left}.")
    click.echo(f"{plural(len(found), 'number')} with zeros too many, {sum(one.is_mended for one in found):,} mended.")


@candidates_group.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def candidates_erase(email: str, *, yes: bool) -> None:
    """Erase for good what the portal knows of a candidate who asks for it; ids and the event log stay."""
    if not yes:
        click.confirm(f"Erase everything that tells who {email} is? Only a backup could bring it back.", abort=True)
    with _refusals():
        candidate_id = erasure.erase(email, actor=post.system())
    click.echo(f"Erased. The log goes on to tell of candidate {candidate_id}, without a name.")


@proposals_group.command("expire")
def proposals_expire() -> None:
    """Time out the proposals that nobody decided; the periodic job does the same every minute."""
    click.echo(f"{proposals_in_bulk.expire_due(actor=post.system()).processed:,} proposals expired.")


@identities.command("link")
@click.argument("email")
@click.argument("subject")
@click.option("--issuer", help="The provider's address (default: JWT_ISSUER).")
def identities_link(email: str, subject: str, issuer: str | None) -> None:
    """Link a subject of an identity provider to the person with this address, for whom its tokens act."""
    issuer = issuer or current_app.config["JWT_ISSUER"]
    if not issuer:
        raise click.ClickException("Name the provider with --issuer, or set JWT_ISSUER.")
    person = _person(email)
    with _refusals():
        external.link(person.user_id, actor=post.system(), issuer=issuer, subject=subject)
    click.echo(f"Tokens of {subject} act for {person.name} now.")


@identities.command("unlink")
@click.argument("email")
def identities_unlink(email: str) -> None:
    """Unlink an identity provider from the person with this address."""
    person = _person(email)
    with _refusals():
        external.unlink(person.user_id, actor=post.system())
    click.echo(f"No token of an identity provider acts for {person.name}.")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a refusal into the error of a command."""
    try:
        yield
    except PortalError as error:
        fields = error.fields.values() if isinstance(error, InvalidInput) else ()
        raise click.ClickException(" ".join(fields) or error.message) from error


def _person(email: str) -> Actor:
    actor = actor_by_email(email)
    if actor is None:
        raise click.ClickException(f"Nobody who may sign in has the address {email}.")
    return actor


@tokens.command("issue")
@click.argument("email")
@click.option("--scope", type=click.Choice(access_tokens.SCOPES), default="read", help="What it may do (default read).")
@click.option("--days", type=int, default=30, help="For how long (default 30).")
@click.option("--name", default="command line", help="What it is for.")
def tokens_issue(email: str, scope: str, days: int, name: str) -> None:
    """Print a token of the person with this address; it is shown this once."""
    with _refusals():
        click.echo(access_tokens.issue(actor=_person(email), name=name, scope=scope, days=days).token)


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
