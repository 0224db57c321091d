"""The errors a user may see: a class for the kind, a code for the machine, a sentence for the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class PortalError(Exception):
    """Carry what went wrong: `code` for programs, `message` for people, `details` for both."""

    code = "ERROR"

    def __init__(self, message: str, *, code: str | None = None, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details: dict[str, object] = dict(details or {})


class InvalidInput(PortalError):
    """Some fields are wrong; `fields` maps a field's name to a sentence that says what to do."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, *, code: str | None = None, fields: Mapping[str, str] | None = None) -> None:
        self.fields: dict[str, str] = dict(fields or {})
        super().__init__(message, code=code, details=self.fields)

    @classmethod
    def field(cls, name: str, message: str, *, code: str | None = None) -> InvalidInput:
        """Refuse one field; its sentence is the message as well."""
        return cls(message, code=code, fields={name: message})


class NotSignedIn(PortalError):
    """Refuse a request without valid credentials."""

    code = "NOT_SIGNED_IN"


class NotPermitted(PortalError):
    """Refuse an action on an object that the person may see."""

    code = "NOT_PERMITTED"


class NotFound(PortalError):
    """Answer for what does not exist and for what belongs to somebody else, without telling which."""

    code = "NOT_FOUND"

    def __init__(self, message: str = "We can’t find this, or you don’t have access.") -> None:
        super().__init__(message)


def existing(it: T | None) -> T:
    """Return what was looked for.

    Raises:
        NotFound: there is none, or none that the person may see.
    """
    if it is None:
        raise NotFound()
    return it


class Conflict(PortalError):
    """Refuse what contradicts the present state."""

    code = "CONFLICT"


class WrongState(Conflict):
    """Refuse a transition that the present state does not have; the details name that state."""

    code = "WRONG_STATE"


class StaleVersion(Conflict):
    """Refuse an edit of a row that somebody changed since the form was opened."""

    code = "STALE_VERSION"


class OutOfDate(PortalError):
    """Refuse what a page of an earlier session sent; its form may be shown again, but not taken."""

    code = "PAGE_OUT_OF_DATE"


class OtherOrganisation(Conflict):
    """Refuse what a page of another organization sends or asks; `name` is the person's, empty when it is not theirs."""

    code = "OTHER_ORGANISATION"

    def __init__(self, organisation_id: str, name: str, *, now: str, is_sent: bool) -> None:
        wanted = "submit this" if is_sent else "go on, or reload the page"
        again = f"Switch back to {name} to {wanted}." if name else "This was filled in for another organization."
        super().__init__(f"You’re in {now} now. {again}")
        self.organisation_id, self.name = organisation_id, name


class TooMany(PortalError):
    """Refuse what goes over a limit; `retry_after` is in seconds."""

    code = "TOO_MANY"

    def __init__(self, message: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(message, code=code, details={"retry_after": retry_after})
        self.retry_after = retry_after


class Unavailable(PortalError):
    """A part of the system does not answer now; trying again is safe."""

    code = "UNAVAILABLE"
