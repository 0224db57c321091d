"""/api/docs: the API's document in Swagger UI, from assets of our own."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.policy import public
from portal.requests.security_headers import CSP

bp = Blueprint("api_docs", __name__)
# The arrows of Swagger UI's stylesheet are data: pictures; nothing else is let in.
WITH_PICTURES = CSP.replace("img-src 'self'", "img-src 'self' data:")


@bp.get("/api/docs")
@public
def show() -> ResponseReturnValue:
    """Show the document of the API and let requests be tried."""
    answer = make_response(render_template("api/docs.html"))
    answer.headers["Content-Security-Policy"] = WITH_PICTURES
    return answer
