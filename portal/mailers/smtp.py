"""The SMTP transport: one connection for many mails, with timeouts, verified TLS, and no complaint after acceptance."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from select import select
from typing import Any

import flask_mail
from flask import current_app

from portal.mailers.letters import Letter

OK, FIRST_TEMPORARY, FIRST_FINAL, GOODBYE = 250, 400, 500, 421
TAKEN = (OK, 251)  # of a recipient; 251 is one whose emails are passed on
FINAL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)  # about this email, not about us
REFUSALS = (*FINAL, smtplib.SMTPSenderRefused)  # after these the connection is still good


class SmtpConnection(flask_mail.Connection):
    """Flask-Mail's connection with what it lacks (reliability.md T5, T6)."""

    host: smtplib.SMTP  # from the first moment: Flask-Mail has none in tests

    def __enter__(self) -> SmtpConnection:
        """Connect; Flask-Mail would stay silent in tests, which here have a server of their own."""
        self.host = self.configure_host()
        self.num_emails = 0
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection; the emails are recorded already, so that nothing that goes wrong now matters."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.host.quit()
        self.host.close()

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in as the settings say; certificates are verified.

        The portal names itself as its emails' ids do: this machine's own name would have to be looked up each time.
        """
        settings = self.mail
        # Reading the certificates of all authorities takes longer than an email: only where something is encrypted.
        trust = ssl.create_default_context() if settings.use_ssl or settings.use_tls else None
        said = {"local_hostname": current_app.config["MAIL_DOMAIN"], "timeout": current_app.config["MAIL_TIMEOUT"]}
        if settings.use_ssl:
            host: smtplib.SMTP = smtplib.SMTP_SSL(settings.server, settings.port, context=trust, **said)
        else:
            host = smtplib.SMTP(settings.server, settings.port, **said)
        try:
            if settings.use_tls:
                host.starttls(context=trust)
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
        except BaseException:
            host.close()
            raise
        return host

    def transmit(self, message: Letter, *, waits: bool = False) -> bool:
        """Send a message to its reader, and return whether the server took the addresses of all copies as well.

        Flask-Mail's `send` goes on with whoever is left: a mail whose reader was refused counted as sent by its copy.
        With `waits`, a copy that is refused for now is a refusal for now of the whole.

        Raises:
            SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError: nobody got it.
        """
        addresses = (message.sender, message.reader, *message.copies)
        sender, reader, *copies = flask_mail.sanitize_addresses(addresses)
        self.host.ehlo_or_helo_if_needed()
        code, said = self.host.mail(sender)
        if code != OK:
            raise smtplib.SMTPSenderRefused(code, said, sender)
        code, said = self.host.rcpt(reader)
        if code not in TAKEN:
            raise smtplib.SMTPRecipientsRefused({reader: (code, said)})
        answers = {copy: self.host.rcpt(copy) for copy in copies}
        later = {copy: answer for copy, answer in answers.items() if FIRST_TEMPORARY <= answer[0] < FIRST_FINAL}
        if waits and later:
            raise smtplib.SMTPRecipientsRefused(later)
        code, said = self.host.data(message.as_bytes())
        if code != OK:
            raise smtplib.SMTPDataError(code, said)
        return all(code in TAKEN for code, _ in answers.values())

    def take_back(self) -> None:
        """End what a refusal left open; who hung up meanwhile is found by the next email."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.host.rset()

    def is_alive(self) -> bool:
        """Return whether the server still listens: one that says something unasked between two emails has hung up."""
        return self.host.sock is not None and not select([self.host.sock], [], [], 0)[0]


class SmtpTransport:
    """Hand emails to the mail server of the settings, over one connection as long as it lives."""

    def __init__(self) -> None:
        self._connection: SmtpConnection | None = None

    def connect(self) -> None:
        """Reconnect unless the connection works."""
        if self._connection is not None and not self._connection.is_alive():
            self.close()
        if self._connection is None:
            self._connection = SmtpConnection(current_app.extensions["mail"]).__enter__()

    def hand_over(self, message: Letter, *, waits: bool = False) -> bool:
        """Send the server a message; returning means that it took it, True that it took the copies, too."""
        assert self._connection is not None
        try:
            return self._connection.transmit(message, waits=waits)
        except REFUSALS:
            self._connection.take_back()
            raise
        except Exception:  # the conversation broke off in the middle: there is no way to go on with it
            self._connection.host.close()
            self._connection = None
            raise

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.__exit__()
            self._connection = None


def reason_of(error: Exception) -> tuple[str, int | None, bool]:
    """Return what an error says, the server's code, and whether the server refuses this email for good."""
    code, said = _answer_of(error)
    is_final = code is not None and code >= FIRST_FINAL and isinstance(error, FINAL)
    return f"{type(error).__name__}: {said}", code, is_final


def is_of_server(error: Exception) -> bool:
    """Return whether a refusal is about the server or us, and so would be of any other email.

    Our sender is the same in all of them; 421 is a goodbye, and 4.3.x a system that is full or in trouble (RFC 3463).
    """
    code, said = _answer_of(error)
    return isinstance(error, smtplib.SMTPSenderRefused) or code == GOODBYE or said.startswith("4.3.")


def _answer_of(error: Exception) -> tuple[int | None, str]:
    answer: Any = None
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = (error.smtp_code, error.smtp_error)
    if answer is None:
        return None, str(error)
    code, said = answer
    return code, said.decode(errors="replace") if isinstance(said, bytes) else str(said)
