"""Readers of settings: each returns the value of a text, or raises ValueError with what to write instead."""

from __future__ import annotations

import base64
import binascii
import re
import shlex
from collections.abc import Callable
from email.utils import getaddresses, parseaddr
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from portal.domain.contacts import ascii_host

Read = Callable[[str], object]
MOST_PORT = 65_535
DEVELOPMENT_SECRET = "development-only"
SECRET_LEAST, DISTINCT_LEAST = 32, 10  # signs of a secret, and different ones: `change-me` has eight
RANDOM = f"at least {SECRET_LEAST} random characters, such as `openssl rand -base64 48` prints"
DEVELOPMENT_KEY = base64.b64encode(DEVELOPMENT_SECRET.ljust(SECRET_LEAST).encode()).decode()
KEY = f"{SECRET_LEAST} random bytes in base64, as `openssl rand -base64 32` prints"
# Of what stands in for a secret: seldom enough six letters side by side in a random one.
EXAMPLE = re.compile(r"change|secret|passwor|example|replace|openssl|default|development|\$[({]|^<|`|your[-_ ]", re.I)
SECOND_KEY = re.compile(r"[;\s]\d*:")  # separated from the first by something else than a comma
HOST = re.compile(r"\w[\w-]*(\.\w[\w-]*)*\.?|[\da-fA-F]*:[\da-fA-F:.]*:[\da-fA-F:.]*")
NOT_OF_HOSTS = {*"/ ;*\"'$<>"}  # `docker run --env-file` keeps quotation marks
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
IN_A_PASSWORD = "in a password, write @ as %40, / as %2F, # as %23, : as %3A"


def word(*allowed: str) -> Read:
    """Make a reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"write {' or '.join(allowed)}")
        return text

    return read


def number(least: int, most: int, example: int) -> Read:
    """Make a reader of a whole number within these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"write a number from {least} to {most}, such as {example}")
        return int(text)

    return read


def seconds(text: str) -> float:
    """Read a time that somebody waits."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 300:  # NaN is not either
        raise ValueError("write a number of seconds above 0 and up to 300, such as 10")
    return value


def command(text: str) -> tuple[str, ...]:
    """Read a command and its arguments, as a shell splits them."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError("close each quotation mark, as in clamdscan --config-file='/etc/clam d.conf' -") from error


def truth(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in TRUE | FALSE:
        raise ValueError("write true or false")
    return text.lower() in TRUE


def numbered_keys(text: str) -> str:
    """Read numbered keys, the newest first; none of them may be one that anybody knows."""
    keys = [part.strip().partition(":") for part in text.split(",")]
    numbers = [int(number) for number, _, _ in keys if number.isascii() and number.isdigit() and len(number) < 10]
    if len(numbers) < len(keys) or len(set(numbers)) < len(keys) or numbers != sorted(numbers, reverse=True):
        raise ValueError("write numbered keys, newest first, such as 2:<key>,1:<earlier key>")
    if any(len(key) < SECRET_LEAST or SECOND_KEY.search(key) for _, _, key in keys):
        raise ValueError(f"each key needs {RANDOM}")
    return ",".join(f"{number}:{key}" for number, _, key in keys)


def own_numbered_keys(text: str) -> str:
    """Read numbered keys; none of them may be one that is guessed."""
    found = numbered_keys(text)
    if not all(_is_random(key.partition(":")[2]) for key in found.split(",")):
        raise ValueError(f"each key needs {RANDOM}")
    return found


def keys(text: str) -> list[str]:
    """Read keys that encrypt, the newest first."""
    found = parts(text)
    if not found or any(_length(key) != SECRET_LEAST for key in found):
        raise ValueError(f"each key needs {KEY}")
    return found


def own_keys(text: str) -> list[str]:
    """Read keys that encrypt; none of them may be the one that anybody knows."""
    found = keys(text)
    if DEVELOPMENT_KEY in found or any(len({*base64.urlsafe_b64decode(key)}) < DISTINCT_LEAST for key in found):
        raise ValueError(f"each key needs {KEY}")
    return found


def _length(key: str) -> int:
    """Return how many bytes a key has; 0 when it is no base64."""
    try:
        return len(base64.b64decode(key, altchars=b"-_" if {*key} & {*"-_"} else None, validate=True))
    except (binascii.Error, ValueError):
        return 0


def parts(text: str) -> list[str]:
    """Read what commas separate."""
    return [part.strip() for part in text.split(",") if part.strip()]


def directory(text: str) -> str:
    """Read a directory, which need not exist yet."""
    return str(Path(text).resolve())


def secret(text: str) -> str:
    """Read what signs."""
    if not _is_random(text):
        raise ValueError(f"write {RANDOM}")
    return text


def secrets(text: str) -> list[str]:
    """Read what signed before: whoever knows one of them forges cookies as well."""
    return [secret(part) for part in parts(text)]


def _is_random(text: str) -> bool:
    """Return whether a text may be one that nobody guesses: long, no word over and over, and not what an example says.

    `$(openssl rand -hex 32)` is run by a shell; in the file of a service it is the secret itself.
    """
    return len(text) >= SECRET_LEAST and len(set(text)) >= DISTINCT_LEAST and not EXAMPLE.search(text)


def host(text: str) -> str:
    """Read a host's name or address, without its port."""
    if not HOST.fullmatch(text):
        raise ValueError("write only the host name, such as mail.example.com; the port has its own variable")
    return text


def hosts(text: str) -> list[str]:
    """Read names of hosts; one that begins with a dot stands for all below it."""
    found = parts(text)
    if any(NOT_OF_HOSTS & {*name} for name in found):
        raise ValueError("write host names, separated by commas, such as portal.example.com")
    return found


def sender(text: str) -> str:
    """Read the sender of emails: one, in one line."""
    if not text.isprintable() or len(getaddresses([text])) != 1 or not _is_served(text):
        raise ValueError('write a sender such as "Splits portal <portal@example.com>"')
    host = parseaddr(text)[1].rpartition("@")[2]
    return text.replace(f"@{host}", f"@{ascii_host(host)}")  # Flask-Mail would write it by the rules of 2003


def addresses(text: str) -> tuple[str, ...]:
    """Read addresses of people."""
    found = parts(text)
    if not all(map(_is_served, found)):
        raise ValueError("write addresses, separated by commas, such as auditor@example.com")
    return tuple(found)


def _is_served(address: str) -> bool:
    """Return whether mail servers take an address: few do with other letters than plain ones before the @."""
    local, _, host = parseaddr(address)[1].rpartition("@")
    return bool(local) and local.isascii() and re.fullmatch(r"[^\s@,;]+", host) is not None and ";" not in address


def origin(text: str) -> str:
    """Read scheme and host. A path is refused: pages link to each other from the root of a host."""
    address = _address(text, "https", "http")
    if address.path.strip("/"):
        raise ValueError(
            f"leave out the path {address.path}: pages link from the root of the host, so the portal needs "
            "its own host name, such as https://portal.example.com"
        )
    if address.query or address.username:
        raise ValueError("write only the scheme and host, such as https://portal.example.com")
    return text.rstrip("/")


def secure_origin(text: str) -> str:
    """Read an origin that browsers reach over TLS."""
    found = origin(text)
    if not found.startswith("https://"):
        raise ValueError(
            "write https://: browsers keep the portal's cookies only over https, so no one could sign in over http"
        )
    return found


def origins(text: str) -> list[str]:
    return [origin(part) for part in parts(text)]


def web_address(text: str) -> str:
    """Read an address of the web."""
    _address(text, "https", "http")
    return text


def secure_address(text: str) -> str:
    """Read an address of what is believed: in clear, whoever is on the way answers in its place."""
    if not text.startswith("https://"):
        raise ValueError("write https://: over http, anyone on the way could answer with keys of their own")
    return web_address(text)


def bind(text: str) -> str:
    """Read where the web server listens."""
    port = text.rpartition(":")[2]
    is_port = port.isascii() and port.isdigit() and 0 < int(port) <= MOST_PORT
    if not text.startswith("unix:/") and not (":" in text and "/" not in text and is_port):
        raise ValueError("write an address and a port, such as 0.0.0.0:8000 or [::]:8000")
    return text


def collector(text: str) -> str:
    """Read the address of a collector of traces; what sends them is an extra, which has to be there."""
    if find_spec("opentelemetry") is None:
        raise ValueError("install what it needs with `pip install --require-hashes -r requirements-telemetry.txt`")
    return web_address(text)


def redis(text: str) -> str:
    """Read the address of Redis."""
    _address(text, "redis", "rediss", "unix")
    return text


def database(text: str) -> str:
    """Read the address of PostgreSQL and give it the driver's name."""
    _address(text, "postgresql", "postgres", "postgresql+psycopg")
    return "postgresql+psycopg://" + text.split("://", 1)[1]


def _address(text: str, *schemes: str) -> SplitResult:
    wrong = ValueError(f"write an address that starts with {schemes[0]}://; {IN_A_PASSWORD}")
    try:
        address = urlsplit(text)
        _ = address.port  # which is read only when it is asked for
    except ValueError as error:
        raise wrong from error
    if address.scheme not in schemes or not (address.hostname or address.path.strip("/")):
        raise wrong
    if "#" in text or text.count("@") > 1 or any(c.isspace() for c in text):
        raise wrong
    return address
