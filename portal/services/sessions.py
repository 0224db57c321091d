"""Sessions on the server: the cookie carries a token, the row its hash, so that a copied cookie can be made worthless."""

from __future__ import annotations

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.clock import now_sql
from portal.extensions import db
from portal.models import UserSession


def touch_session(session_id: uuid.UUID) -> None:
    """Write that a session was seen now."""
    with Session(db.engine) as session, session.begin():
        session.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now_sql()))
