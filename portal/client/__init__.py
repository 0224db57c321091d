"""The typed client of the API: `from portal.client import Portal`."""

from portal.client.client import (
    ApiError,
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Portal,
    TooMany,
)

__all__ = ["ApiError", "Conflict", "InvalidInput", "NotFound", "NotPermitted", "NotSignedIn", "Portal", "TooMany"]
