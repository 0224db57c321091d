"""Every setting: declared once, for reading it, for `flask --app wsgi check` and for the README's table."""

from __future__ import annotations

from dataclasses import dataclass

from portal.config import readers
from portal.config.readers import Read
from portal.domain.addresses import Proxies

DEVELOPMENT, PRODUCTION = "development", "production"


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of the environment.

    `needed` says what production needs, and `in_production` reads it there; `empty` is the value without text and
    default; `key` is its name in the app's configuration where that differs.
    """

    name: str
    read: Read
    meaning: str
    default: str = ""
    empty: object = ""
    needed: str = ""
    in_production: Read | None = None
    secret: bool = False
    key: str = ""

    def value(self, text: str, *, production: bool) -> object:
        """Read a text.

        Raises:
            ValueError: a sentence that names the variable and says what to do.
        """
        if production and self.needed and not text:
            raise ValueError(f"{self.name} is not set. Production needs it: {self.needed}.")
        text = text or self.default
        read = self.in_production if production and self.in_production else self.read
        try:
            return read(text) if text else self.empty
        except ValueError as error:
            shown = "is not valid" if self.secret else f"is {text!r}"
            raise ValueError(f"{self.name} {shown}: {error}.") from error


# One of the first, if one of the others is set: without it, which is why.
NOT_ALONE = (
    (("JWT_ISSUER",), ("JWT_JWKS_URL", "JWT_AUDIENCE", "JWT_AUTHORIZED_PARTIES"), "whose tokens are accepted"),
    (("JWT_JWKS_URL",), ("JWT_ISSUER",), "where the provider's keys are"),
    (
        ("JWT_AUDIENCE", "JWT_AUTHORIZED_PARTIES"),
        ("JWT_ISSUER",),
        "otherwise, tokens that the provider made for other applications would be accepted",
    ),
    (("MAIL_USERNAME",), ("MAIL_PASSWORD",), "the mail server asks for both"),
    (("MAIL_PASSWORD",), ("MAIL_USERNAME",), "the mail server asks for both"),
)

SETTINGS = (
    Setting(
        "PORTAL_ENV",
        readers.word(DEVELOPMENT, PRODUCTION),
        "`development`, or `production`: needs the variables marked *, sets HSTS and `__Host-` cookies, hides "
        "`/dev/mailbox` and `/styleguide`",
        default=DEVELOPMENT,
        key="ENV_NAME",
    ),
    Setting("PORT", readers.number(1, 65535, 8000), "port of the web server, on loopback", default="8000"),
    Setting(
        "PORTAL_DATA_DIR",
        readers.directory,
        "embedded servers' data, local mailbox, logs, checkpoints of the event log",
        default="instance",
    ),
    Setting(
        "DATABASE_URL",
        readers.database,
        "PostgreSQL 15 or later; if unset, the one that `make run` started",
        default="postgresql://postgres@127.0.0.1:5432/portal",
        needed="the address of PostgreSQL, such as postgresql://portal:password@db.example.com/portal",
        secret=True,
        key="SQLALCHEMY_DATABASE_URI",
    ),
    Setting(
        "DATABASE_POOL_SIZE", readers.number(1, 200, 8), "database connections that a process keeps open", default="8"
    ),
    Setting(
        "DATABASE_POOLER",
        readers.truth,
        "`DATABASE_URL` goes through a pooler in transaction mode, such as PgBouncer",
        default="false",
    ),
    Setting(
        "DATABASE_REPLICA_URL",
        readers.database,
        "streaming replica for reads that may be a second old; the primary takes over while it is down or behind",
        secret=True,
    ),
    Setting(
        "REDIS_URL",
        readers.redis,
        "Redis or Valkey, which holds nothing that can't be rebuilt; if unset, the one that `make run` started",
        default="redis://127.0.0.1:6379/0",
        needed="the address of Redis or Valkey, such as redis://:password@cache.example.com:6379/0",
        secret=True,
    ),
    Setting(
        "REDIS_TIMEOUT",
        readers.seconds,
        "seconds that a request waits for Redis before doing without it",
        default="0.15",
    ),
    Setting(
        "SECRET_KEY",
        str,
        "signs cookies and links",
        empty=readers.DEVELOPMENT_SECRET,
        needed=readers.RANDOM,
        in_production=readers.secret,
        secret=True,
    ),
    Setting(
        "SECRET_KEY_FALLBACKS",
        readers.parts,
        "earlier keys, comma-separated, until what they signed has expired",
        empty=(),
        in_production=readers.secrets,
        secret=True,
    ),
    Setting(
        "EVENT_SEAL_KEYS",
        readers.numbered_keys,
        "seals the event log: numbered keys, newest first, kept as long as the log",
        empty=f"1:{readers.DEVELOPMENT_SECRET}",
        needed=f"1: and {readers.RANDOM}",
        in_production=readers.own_numbered_keys,
        secret=True,
    ),
    Setting(
        "PAYEE_KEYS",
        readers.keys,
        "encrypts recruiters' bank details: keys, comma-separated, newest first",
        empty=[readers.DEVELOPMENT_KEY],
        needed=readers.KEY,
        in_production=readers.own_keys,
        secret=True,
    ),
    Setting(
        "EVENT_CHECKPOINT_DIR",
        readers.directory,
        "directory for copies of the event log's checkpoints, which hosts can share; if unset, `PORTAL_DATA_DIR`",
    ),
    Setting(
        "EVENT_AUDITORS",
        readers.addresses,
        "email addresses that get the event log's newest checkpoint once a day, comma-separated",
        empty=(),
    ),
    Setting(
        "PUBLIC_URL",
        readers.origin,
        "address that people open and emails link to, without a path",
        needed="the address that people open, such as https://portal.example.com",
        in_production=readers.secure_origin,
    ),
    Setting(
        "TRUSTED_PROXIES",
        Proxies.read,
        "proxies in front of the web server: how many, or their addresses and networks, comma-separated",
        empty=Proxies(),
        needed="the number of proxies in front of the web server, or their addresses (0 for none)",
    ),
    Setting(
        "TRUSTED_HOSTS",
        readers.hosts,
        "host names that requests may use, comma-separated; if unset, any",
        empty=None,
    ),
    Setting(
        "MAIL_SERVER",
        readers.host,
        "SMTP server; if unset, emails stay in a local mailbox",
        needed="the SMTP server, such as mail.example.com",
    ),
    Setting("MAIL_PORT", readers.number(1, 65535, 587), "port of the SMTP server", default="25"),
    Setting("MAIL_USE_TLS", readers.truth, "STARTTLS", default="false"),
    Setting("MAIL_USE_SSL", readers.truth, "TLS from the first byte", default="false"),
    Setting("MAIL_USERNAME", str, "user name for the SMTP server", empty=None),
    Setting("MAIL_PASSWORD", str, "password for the SMTP server", empty=None, secret=True),
    Setting(
        "MAIL_DEFAULT_SENDER",
        readers.sender,
        "sender of emails",
        default="Splits portal <portal@localhost>",
        needed='the sender of emails, such as "Splits portal <portal@example.com>"',
    ),
    Setting("MAIL_DOMAIN", readers.host, "domain in the emails' Message-IDs; if unset, the host of `PUBLIC_URL`"),
    Setting("MAIL_TIMEOUT", readers.seconds, "seconds allowed for sending one email", default="10"),
    Setting(
        "SCAN_COMMAND",
        readers.command,
        "virus scanner for attachments, such as `clamdscan --no-summary -`: reads a file from standard input and exits "
        "with 0 if it is clean, 1 if not; if unset, nothing is scanned and pages say so",
        empty=(),
    ),
    Setting(
        "EVIDENCE_YEARS",
        readers.number(1, 100, 5),
        "years for which the attached files of a closed dispute are kept; their digests stay",
        default="5",
    ),
    Setting(
        "PROOF_OF_CONTACT_DAYS",
        readers.number(1, 3_650, 180),
        "days before a proposal within which a company must prove that it knew the candidate",
        default="180",
    ),
    Setting("JWT_ISSUER", str, "identity provider whose tokens the API accepts"),
    Setting("JWT_AUDIENCE", str, "audience of its tokens"),
    Setting("JWT_JWKS_URL", readers.web_address, "address of its keys", in_production=readers.secure_address),
    Setting("JWT_AUTHORIZED_PARTIES", readers.parts, "clients whose tokens are accepted, comma-separated", empty=()),
    Setting(
        "CORS_ORIGINS",
        readers.origins,
        "origins that may call the API from a browser, comma-separated",
        empty=(),
    ),
    Setting(
        "METRICS_TOKEN",
        str,
        "bearer token for `/metrics`; if unset, loopback only",
        in_production=readers.secret,
        secret=True,
    ),
    Setting(
        "SENTRY_DSN",
        readers.web_address,
        "where errors are reported: error types and lines of code, but no messages, addresses or values",
        secret=True,
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        readers.collector,
        "collector that traces are sent to over HTTP; needs `requirements-telemetry.txt`",
    ),
    Setting("WEB_BIND", readers.bind, "address and port that the web server listens on; if unset, loopback and `PORT`"),
    Setting("WEB_WORKERS", readers.number(1, 64, 2), "web processes", default="2"),
    Setting("WEB_THREADS", readers.number(1, 64, 4), "requests that each process handles at a time", default="4"),
)
