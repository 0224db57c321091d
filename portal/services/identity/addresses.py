"""The addresses of accounts: only those that every mail server can serve, because whoever has an account gets mail."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from portal.domain.errors import InvalidInput
from portal.domain.texts import clean

LENGTH = 254


def email_address(value: str | None, *, name: str = "email") -> str:
    """Return an address as it is kept; case is kept too, and ignored when addresses are compared.

    A host may have any letters (it has an ASCII form for the way); what stands before the @ may not, because few
    servers take that. Whether the host answers is not asked: it would make a form wait for the network.

    Raises:
        InvalidInput: it is no address, or one that few could write to.
    """
    typed = clean(name, value, most=LENGTH, least=1)
    try:
        # The demo and the tests live under .test, which is nobody's.
        found = validate_email(
            typed, allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as error:
        raise InvalidInput.field(name, _sentence(typed, error)) from error
    return found.normalized


def _sentence(typed: str, error: EmailNotValidError) -> str:
    local, at, _host = typed.rpartition("@")
    if at and not local.isascii():
        return "Most mail servers cannot write to this address. Enter one with plain letters before the @."
    return f"Enter an email address like name@example.com. {str(error).rstrip('.')}."
