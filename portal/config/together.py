"""What is wrong with settings beside each other, or with a name: each may be right alone, and together open a door."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from portal.config import readers
from portal.config.settings import DEVELOPMENT, NOT_ALONE, PRODUCTION, SETTINGS

HERE = re.compile(r"(?:https?://)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/]|$)")  # addresses of this machine alone
ALIKE = 0.9  # of 1: `MAIL_USE_TSL` is meant to be `MAIL_USE_TLS`
NAMES = {setting.name for setting in SETTINGS}
Texts = Mapping[str, str]


def problems(typed: Texts, said: Texts, values: Mapping[str, object], wrong: Texts) -> dict[str, str]:
    """Return a sentence by variable.

    `typed` is the environment, `said` adds where `make run` is, `wrong` has what is wrong with each variable alone.
    """
    found = _half_set(said, wrong) | _in_clear(said, values) | _unsaid(typed, wrong) | _misnamed(typed)
    return found | _shared(values) if said.get("PORTAL_ENV") == PRODUCTION else found


def _half_set(said: Texts, wrong: Texts) -> dict[str, str]:
    """Return what is missing beside settings that are of no use, or that let too much in, without it."""
    missing: dict[str, str] = {}
    for names, others, why in NOT_ALONE:
        beside = [name for name in others if name in said and name not in wrong]
        if beside and not any(name in said for name in names):
            missing[names[0]] = f"{' or '.join(names)} is not set. {beside[0]} needs it: {why}."
    return missing


def _in_clear(said: Texts, values: Mapping[str, object]) -> dict[str, str]:
    """Return that the mail server is asked for two kinds of TLS, or that a password would go to it in clear."""
    starts_tls, begins_with_tls = values.get("MAIL_USE_TLS"), values.get("MAIL_USE_SSL")
    if starts_tls and begins_with_tls:
        choice = "keep MAIL_USE_SSL for TLS from the first byte (usually port 465), otherwise MAIL_USE_TLS"
        return {"MAIL_USE_TLS": f"MAIL_USE_TLS and MAIL_USE_SSL exclude each other: {choice}."}
    signs_in = "MAIL_SERVER" in said and "MAIL_PASSWORD" in said
    if not signs_in or starts_tls is not False or begins_with_tls is not False or _is_here(said["MAIL_SERVER"]):
        return {}
    return {"MAIL_USE_TLS": "MAIL_USE_TLS is not set. MAIL_PASSWORD would cross the network in clear: set it to true."}


def _is_here(host: str) -> bool:
    return host == "::1" or HERE.match(host) is not None


def _unsaid(typed: Texts, wrong: Texts) -> dict[str, str]:
    """Return that nobody said which portal this is although others reach it: forgetting a variable opens nothing."""
    name = next((name for name in _beyond(typed) if name not in wrong), None)
    if "PORTAL_ENV" in typed or name is None:
        return {}
    choice = f"write {PRODUCTION}, or {DEVELOPMENT}, which shows all emails to whoever opens /dev/mailbox"
    return {"PORTAL_ENV": f"PORTAL_ENV is not set, and others reach the portal by {name}: {choice}."}


def _beyond(typed: Texts) -> Iterator[str]:
    """Yield the variables that tell that others reach the portal: who stands behind a proxy serves them."""
    for name in ("PUBLIC_URL", "WEB_BIND", "TRUSTED_HOSTS"):
        if not all(map(HERE.match, readers.parts(typed.get(name, "")))):
            yield name
    if typed.get("TRUSTED_PROXIES", "0") != "0":
        yield "TRUSTED_PROXIES"


def _misnamed(typed: Texts) -> dict[str, str]:
    """Return variables whose names are almost a setting's: what they say would be passed over in silence.

    In development only PORTAL_ENV itself: other programs of a developer have variables of their own.
    """
    missing = (NAMES if typed.get("PORTAL_ENV") == PRODUCTION else {"PORTAL_ENV"}) - typed.keys()
    meant = {name: _meant(name) for name in sorted(typed.keys() - NAMES)}
    return {name: f"{name!a} is not read: rename it to {of}." for name, of in meant.items() if of in missing}


def _meant(name: str) -> str | None:
    """Return the setting that a name is meant to be: in other case, after a byte-order mark, or mistyped."""
    plain = name.strip("\ufeff \t").upper()
    near = [setting for setting in NAMES if "_" in setting and setting[:3] == plain[:3]]
    return next(iter(get_close_matches(plain, near, n=1, cutoff=ALIKE)), None)


def _shared(values: Mapping[str, object]) -> dict[str, str]:
    """Return keys that serve two purposes: whoever learns one from what it signs would forge or read the other, too.

    Of the keys that seal the log the newest counts: earlier ones are kept as long as the log.
    """
    former: object = values.get("SECRET_KEY_FALLBACKS")
    cookies = {values.get("SECRET_KEY"), *(former if isinstance(former, list) else ())}
    seals = str(values.get("EVENT_SEAL_KEYS", "")).partition(",")[0].partition(":")[2]
    found: dict[str, str] = {}
    if seals in cookies:
        found["EVENT_SEAL_KEYS"] = f"EVENT_SEAL_KEYS seals with SECRET_KEY or a former one: add a newer key, {_OWN}."
    payees: object = values.get("PAYEE_KEYS")
    if isinstance(payees, list) and payees[0] in {seals, *cookies}:
        found["PAYEE_KEYS"] = f"PAYEE_KEYS encrypts with a key that also signs: put a new one first, {_OWN}."
    return found


_OWN = "which serves nothing else"
