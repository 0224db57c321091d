"""Addresses that every mail server can serve: those of accounts, and those of candidates."""

from __future__ import annotations

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from portal.domain.errors import InvalidInput
from portal.domain.texts import clean

LENGTH = 254


def email_address(value: str | None) -> str:
    """Return an address as it is kept; case is kept too, and ignored when addresses are compared."""
    return read(value).normalized


def read(typed: str | None) -> ValidatedEmail:
    """Return the parts of an address that a mail server takes.

    A host may have any letters (it has an ASCII form for the way); what stands before the @ may not, because few
    servers take that. Whether the host answers is not asked: it would make a form wait for the network.

    Raises:
        InvalidInput: it is no address, or one that few could write to.
    """
    text = clean("email", typed, most=LENGTH, least=1)
    try:
        # The demo and the tests live under .test, which is nobody's.
        return validate_email(
            text, allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as error:
        sentence = f"Enter an email address like name@example.com. {str(error).rstrip('.')}."
        raise InvalidInput.field("email", _few_serve(text) or sentence) from error


def _few_serve(typed: str) -> str:
    """Return what to say of an address that is one, but that few servers can write to; nothing of others."""
    local, at, _host = typed.rpartition("@")
    if at and not local.isascii():
        return "Most mail servers can’t deliver to this address. Enter one with plain letters before the @."
    return ""
