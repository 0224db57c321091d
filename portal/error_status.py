"""The one table from error class to HTTP status, for pages and API."""

from __future__ import annotations

from portal.domain import errors

STATUS: dict[type[errors.PortalError], int] = {
    errors.InvalidInput: 400,
    errors.OutOfDate: 400,
    errors.NotSignedIn: 401,
    errors.NotPermitted: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


def status_of(error: errors.PortalError) -> int:
    """Return the HTTP status of an error: the one of the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
