"""Pages are sent compressed, whatever is in front of the portal.

A page holds a secret, its token, and may hold what somebody else made the browser ask for; its packed length would tell
the one by the other (BREACH). A name of random length in the head of the gzip file blurs that length.
"""

from __future__ import annotations

import io
import secrets
from gzip import GzipFile

from flask import Flask, Response, request

WORTH = 1_400  # bytes: what fits into one packet gains nothing
LEVEL = 5
MOST_BLURRED = 100


def _pack(answer: Response) -> Response:
    if answer.mimetype != "text/html" or answer.is_streamed or "Content-Encoding" in answer.headers:
        return answer
    body = answer.get_data()
    if len(body) >= WORTH and request.accept_encodings.quality("gzip") > 0:
        answer.set_data(packed(body))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def packed(body: bytes) -> bytes:
    into, name = io.BytesIO(), secrets.token_hex(1 + secrets.randbelow(MOST_BLURRED // 2))
    with GzipFile(filename=name, mode="wb", compresslevel=LEVEL, fileobj=into, mtime=0) as file:
        file.write(body)
    return into.getvalue()


def register(app: Flask) -> None:
    """Pack after everything else that reads an answer; registered first, it runs last."""
    app.after_request(_pack)
