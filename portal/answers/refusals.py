"""How the API refuses."""

from __future__ import annotations

from portal.answers.values import Answer


class Error(Answer):
    """An error: `code` for programs, `message` for people, `details` for both."""

    error: str
    message: str
    statusCode: int  # noqa: N815 the contract's name
    code: str
    details: dict[str, object]
    correlation_id: str
