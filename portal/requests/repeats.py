"""A read whose connection was lost is asked once more, on a new one, as if it came just now (ADR 0085)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import request

from portal.extensions import close_reading, has_written, was_cut_off

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)
SECOND = "portal.second_time"


class AskAgain(BaseException):
    """This request begins anew; no Exception, because Flask would answer one."""


def if_only_read(error: Exception) -> None:
    """Begin a request anew that an error of the database ended, if that is harmless and may help.

    Nothing was sent yet: an error in the middle of a streamed answer finds no handler.

    Raises:
        AskAgain: it only read, for the first time, and lost its connection.
    """
    if request.method not in {"GET", "HEAD"} or has_written() or SECOND in request.environ:
        return
    if was_cut_off(error):
        log.warning("read_again", extra={"error": str(error)})
        close_reading()
        raise AskAgain from error


def answered(application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Return what the application answers, the second time if the first was in vain; whoever asked sees one request."""
    try:
        return application(environ, start_response)
    except AskAgain:
        environ[SECOND] = True
        return application(environ, start_response)
