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
from psycopg import errors
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, ProgrammingError

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
from portal.services.identity import access_tokens, external, resets, setting_up
from portal.services.log import archive_files, archiving, chain, checkpoints, months, verification
from portal.services.machinery import stamps
from portal.services.messages import retention
from portal.services.reputation import reputation
from portal.wording.writing import plural

NO_DATABASE = (
    "The database at {where} does not respond. Start it (`make run` starts one that these commands find),"
    " or set DATABASE_URL to another one."
)
OTHER_TABLES = "The database has no tables yet, or those of another release. Run `flask --app wsgi db upgrade`."
OTHERS = (errors.UndefinedTable, errors.UndefinedColumn)
FOLDER = click.Path(exists=True, file_okay=False, writable=True, path_type=Path)


def no_database(app: Flask) -> str:
    """Say where there is no database, and what to do."""
    where = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    return NO_DATABASE.format(where=f"{where.host or 'its socket'}:{where.port or 5432}")


def is_away(error: Exception) -> bool:
    """Return whether there was no database to ask; one that answers with an error is there."""
    return not isinstance(error, DBAPIError) or error.connection_invalidated or not getattr(error.orig, "sqlstate", "")


@contextmanager
def _reaching_the_database(ctx: click.Context) -> Iterator[None]:
    """Say in a sentence that there is no database, or none of ours, where a command would end with a traceback."""
    try:
        yield
    except DATABASE_AWAY as error:
        if not is_away(error):
            raise
        raise click.ClickException(no_database(ctx.ensure_object(ScriptInfo).load_app())) from error
    except ProgrammingError as error:
        if isinstance(error.orig, OTHERS):
            raise click.ClickException(OTHER_TABLES) from error
        raise


class Commands(AppGroup):
    """Commands that need the database."""

    def invoke(self, ctx: click.Context) -> object:
        with _reaching_the_database(ctx):
            return super().invoke(ctx)


class Command(click.Command):
    """A command that needs the database."""

    def invoke(self, ctx: click.Context) -> object:
        with _reaching_the_database(ctx):
            return super().invoke(ctx)


candidates_group = Commands("candidates", help="Candidates.")
demo = Commands("demo", help="Demo data.")
events = Commands("events", help="The event log.")
mails = Commands("mails", help="Emails.")
ledger = Commands("ledger", help="The ledger.")
keys_group = Commands("keys", help="The keys that detect duplicate candidates.")
payees_group = Commands("payees", help="Recruiters' bank details.")
proposals_group = Commands("proposals", help="Proposals.")
reputation_group = Commands("reputation", help="Scores.")
STRAYS = "trouble.md#events-are-outside-their-months"
CHANGED = "See docs/operations/trouble.md#the-log-does-not-verify."
VERIFY_AT_ONCE = 20_000  # entries between two moves of the progress bar
identities = Commands("identities", help="Links to an identity provider.")
tokens = Commands("tokens", help="API access tokens.")


def register(app: Flask) -> None:
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
    """Print every setting, what is wrong with it and what to do; exit with 1 if anything is wrong."""
    found = list(checkup.findings(os.environ))
    for one in found:
        click.echo(f"{one.state:<5}{one.name:<28}{one.said}")
    bad = sum(one.state == checkup.BAD for one in found)
    click.echo(f"{plural(bad, 'problem')} to fix." if bad else "No problems found.")
    sys.exit(1 if bad else 0)


@click.command("setup", cls=Command)
@click.option("--platform", prompt="Name of the platform", help="The platform's name.")
@click.option("--name", prompt="Your name", help="Name of the first platform admin.")
@click.option("--email", prompt="Your email address", help="Email address of the first platform admin.")
@with_appcontext
def setup(platform: str, name: str, email: str) -> None:
    """Name the platform, create its first admin and print the link for setting a password, which is shown only once."""
    with _changing():
        reset_id = setting_up.set_up(platform=platform, name=name, email=email)
    _echo_link(reset_id)


@click.command("admit", cls=Command)
@click.option("--name", required=True, help="The admin's name, used if the portal does not know the address.")
@click.option("--email", required=True, help="The admin's email address.")
@with_appcontext
def admit(name: str, email: str) -> None:
    """Create a platform admin if none can sign in, and print the link for setting a password; the event is logged."""
    with _changing():
        reset_id = setting_up.admit_admin(name=name, email=email)
    _echo_link(reset_id)


def _echo_link(reset_id: uuid.UUID) -> None:
    click.echo(f"{current_app.config['PUBLIC_URL']}/reset/{resets.reset_token(reset_id)}")


@demo.command("load")
def demo_load() -> None:
    """Fill an empty database with eight months of a small marketplace, and print the sign-ins."""
    if current_app.config["ENV_NAME"] == "production":
        raise click.ClickException("The demo accounts have a known password, so they can't be loaded in production.")
    loaded = demo_data.load()
    if loaded.password is None:
        click.echo("This database already has people in it, so no demo data was loaded.")
    else:
        click.echo("\n".join(demo_data.sign_ins(loaded.password)))


@events.command("verify")
@click.option("--all", "from_start", is_flag=True, help="Start at the first entry instead of the last verified one.")
@click.option("--kept", type=click.File("rb"), help="File with checkpoint lines kept elsewhere, to compare with.")
@click.option(
    "--archive",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verify only this file; needs no database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def events_verify(*, from_start: bool, kept: BinaryIO | None, archive: Path | None, as_json: bool) -> None:
    """Verify the event log; exit with 1 and name the first bad entry if history was changed."""
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
        click.echo(f"{verdict.problem.sentence} {CHANGED}")
    sys.exit(0 if verdict.ok else 1)


def _verify_archive(path: Path, *, as_json: bool) -> NoReturn:
    verdict = archive_files.verify(path)
    good = f"All {verdict.checked:,} entries of {path.name} are intact; the last is entry {verdict.head_number:,}."
    said = verdict.problem.sentence if verdict.problem else good
    click.echo(json.dumps(verdict.as_json()) if as_json else said)
    sys.exit(0 if verdict.ok else 1)


@events.command("archive")
@click.option("--before", type=click.DateTime(["%Y-%m"]), required=True, help="The first month to keep.")
@click.option("--to", "directory", type=FOLDER, required=True)
def events_archive(*, before: datetime, directory: Path) -> None:
    """Move months that ended at least a year ago into files in this directory; each leaves once its file verifies."""
    count = 0
    with _changing():
        for archive in archiving.archive(before.replace(tzinfo=UTC), directory, actor=post.system()):
            count += 1
            click.echo(f"{archive.name}: {archive.entries:,} entries, SHA-256 {archive.digest.hex()}")
    click.echo(f"{plural(count, 'file')} written. Keep each in two places, along with EVENT_SEAL_KEYS.")


def _kept_lines(data: bytes) -> list[str]:
    """Read lines that somebody kept, in whichever encoding their shell wrote them."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    lines = data.decode("utf-16" if marked else "utf-8-sig", errors="replace").splitlines()
    if not any(map(checkpoints.is_line, lines)):
        raise click.ClickException("This file has no checkpoint in it. Choose one with lines from `events checkpoint`.")
    return lines


def _checked(start: int, head: int, again: int) -> str:
    """Return what was checked now, and what was only checked before: a slice of it was checked again."""
    if not start:
        return f"All {head:,} entries are intact."
    now = {0: "No new entries", 1: f"Entry {head:,} is intact"}
    said = now.get(head - start, f"Entries {start + 1:,} to {head:,} are intact")
    if again == start:
        return f"{said}; rechecked all {start:,} verified earlier."
    return f"{said}; rechecked {again:,} of the {start:,} verified earlier. Use `--all` to recheck all."


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
    """Seal the events that are not sealed yet; a periodic job does so every few seconds."""
    with _changing():
        sealed = chain.seal_pending(actor=post.system())
    click.echo(f"{plural(sealed, 'entry', 'entries')} sealed.")


@events.command("months")
def events_months() -> None:
    """Create the log's partitions for the coming months; a periodic job does so every hour."""
    added = months.add_ahead(actor=post.system())
    stand = months.stand()
    click.echo(f"{plural(added, 'partition')} created; the log has months up to {stand.end:%Y-%m-%d}.")
    if stand.has_strays:
        raise click.ClickException(f"Some events are outside them: see docs/operations/{STRAYS}.")


@events.command("checkpoint")
def events_checkpoint() -> None:
    """Print the newest checkpoint as a line to keep elsewhere; `events verify --kept` compares the log with it."""
    mark = checkpoints.newest()
    if mark is None:
        raise click.ClickException("Nothing is sealed yet, so there is no checkpoint.")
    click.echo(json.dumps(asdict(mark)))


@events.command("restored")
@click.option("--reason", required=True, help="Why, and from which backup; this is logged.")
def events_restored(reason: str) -> None:
    """Record that the database was restored from a backup, which voids later checkpoints."""
    with _changing():
        number = verification.restored(reason, actor=post.system())
    click.echo(f"Recorded. The log continues after entry {number:,}; checkpoints of later entries are void.")


@events.command("new-key")
def events_new_key() -> None:
    """Print a value for EVENT_SEAL_KEYS with a new key first; restart every process with it within ten minutes."""
    click.echo(stamps.with_new_key(secrets.token_urlsafe(48)))


@mails.command("archive")
@click.option("--before", type=click.DateTime(["%Y-%m"]), required=True, help="The first month to keep.")
@click.option("--to", "directory", type=FOLDER, required=True)
def mails_archive(*, before: datetime, directory: Path) -> None:
    """Remove emails settled at least a year ago; a file in this directory records their delivery, not their text."""
    with _changing():
        count = retention.archive(before.replace(tzinfo=UTC), directory, actor=post.system())
    click.echo(f"{plural(count, 'email')} removed.")


@ledger.command("verify")
def ledger_verify() -> None:
    """Compare the ledger with its accounts, fees and events; exit with 1 and name every row that was changed."""
    verdict = ledger_check.verify()
    for finding in verdict.findings:
        click.echo(finding.sentence)
    if verdict.ok:
        click.echo(f"All {verdict.transfers:,} transfers match their accounts and events.")
    sys.exit(0 if verdict.ok else 1)


@keys_group.command("recompute")
def keys_recompute() -> None:
    """Recompute all candidates' keys by this release's rules, and list those that two records would share."""
    changed = 0
    while True:  # again, as long as one key makes room for another
        with _changing():
            parts = list(keys.recompute(actor=post.system()))
        clashes = [clash for part in parts for clash in part.clashes]
        renewed = sum(part.changed for part in parts)
        changed += renewed
        if not (clashes and renewed):
            break
    for clash in clashes:
        click.echo(f"Same {clash.column}: /candidates/{clash.candidate_id} and /candidates/{clash.other_id}.")
    seen = plural(sum(part.seen for part in parts), "candidate")
    click.echo(f"{seen}, {plural(changed, 'key')} changed, {plural(len(clashes), 'conflict')}.")


@payees_group.command("reseal")
def payees_reseal() -> None:
    """Encrypt all bank details with the first of PAYEE_KEYS; the other keys can then be removed."""
    with _changing():
        count = payees.reseal(actor=post.system())
    click.echo(f"Bank details encrypted with the first key: {count:,}.")


@candidates_group.command("phones")
@click.option("--mend", is_flag=True, help="Save the corrected numbers.")
def candidates_phones(*, mend: bool) -> None:
    """List phone numbers that a spreadsheet is certain to have lengthened before they were imported."""
    with _changing():
        found = list(phones.lengthened(actor=post.system(), mend=mend))
    for one in found:
        left = f"would be {one.right}" + (", but another candidate has it" if mend else "")
        click.echo(f"/candidates/{one.candidate_id}: {one.stored} {f'is {one.right}' if one.is_mended else left}.")
    click.echo(f"{plural(len(found), 'number')} with extra zeros, {sum(one.is_mended for one in found):,} corrected.")


@candidates_group.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
def candidates_erase(email: str, *, yes: bool) -> None:
    """Permanently erase a candidate's personal data at their request; ids and the event log stay."""
    if not yes:
        click.confirm(f"Erase everything that identifies {email}? It could be restored only from a backup.", abort=True)
    with _changing():
        candidate_id = erasure.erase(email, actor=post.system())
    click.echo(f"Erased. The log still refers to candidate {candidate_id}, without a name.")


@proposals_group.command("expire")
def proposals_expire() -> None:
    """Expire proposals past their deadline; a periodic job does so every minute."""
    with _changing():
        expired = proposals_in_bulk.expire_due(actor=post.system()).processed
    click.echo(f"{plural(expired, 'proposal')} expired.")


@identities.command("link")
@click.argument("email")
@click.argument("subject")
@click.option("--issuer", help="The provider's address (default: JWT_ISSUER).")
def identities_link(email: str, subject: str, issuer: str | None) -> None:
    """Link an identity provider's subject to the person with this address, so that its tokens act for them."""
    issuer = issuer or current_app.config["JWT_ISSUER"]
    if not issuer:
        raise click.ClickException("Give the provider's address with --issuer, or set JWT_ISSUER.")
    with _changing():
        person = _person(email)
        external.link(person.user_id, actor=post.system(), issuer=issuer, subject=subject)
    click.echo(f"Tokens for {subject} now act for {person.name}.")


@identities.command("unlink")
@click.argument("email")
def identities_unlink(email: str) -> None:
    """Unlink an identity provider from the person with this address, who may be one that cannot sign in anymore."""
    with _changing():
        name = external.unlink_address(email, actor=post.system())
    click.echo(f"No identity provider tokens act for {name} anymore.")


@contextmanager
def _changing() -> Iterator[None]:
    """Refuse a seal key that is not the log's before anything is stamped; any refusal becomes the command's error."""
    try:
        checkpoints.check_key()
        yield
    except PortalError as error:
        fields = error.fields.items() if isinstance(error, InvalidInput) else ()
        said = "\n".join(f"Invalid value for '{name}': {wrong}" for name, wrong in fields)
        raise click.ClickException(said or error.message) from error


def _person(email: str) -> Actor:
    actor = actor_by_email(email)
    if actor is None:
        raise click.ClickException(f"No one with the address {email} can sign in.")
    return actor


@tokens.command("issue")
@click.argument("email")
@click.option(
    "--scope", type=click.Choice(access_tokens.SCOPES), default="read", help="Access it gives (default: read)."
)
@click.option("--days", type=int, default=30, help="Days until it expires (default: 30).")
@click.option("--name", default="command line", help="A name to recognize it by.")
def tokens_issue(email: str, scope: str, days: int, name: str) -> None:
    """Create an access token for the person with this address and print it; it is shown only once."""
    with _changing():
        click.echo(access_tokens.issue(actor=_person(email), name=name, scope=scope, days=days).token)


@reputation_group.command("recalculate")
@click.option("--all", "everybody", is_flag=True, help="Recalculate everyone's score, not only changed ones.")
def reputation_recalculate(*, everybody: bool) -> None:
    """Recalculate scores; a periodic job does so every few seconds for those whose results changed."""
    if not everybody:
        with _changing():
            done = reputation.recalculate_queued(actor=post.system())
        click.echo(f"{plural(done, 'score')} recalculated.")
        return
    done = 0
    with _changing(), click.progressbar(length=0, label="Recalculating", show_pos=True) as bar:
        for done, total in reputation.recalculate_all(actor=post.system(), cause="recalculation"):
            bar.length = total
            bar.update(done - bar.pos)
    click.echo(f"{plural(done, 'score')} recalculated.")
