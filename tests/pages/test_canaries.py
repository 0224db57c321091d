"""Whatever stands in a free text is text: on no page and in no mail does it become an element or an attribute."""

from __future__ import annotations

import email
import email.policy
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markupever.dom import Comment
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Delivery, Job, Membership, Notice, Organisation, User
from portal.services import proposals
from portal.services.candidates import outreach
from portal.services.candidates.outreach import OutreachInput
from portal.services.placements import placements
from tests.addresses import readable
from tests.cast import Cast
from tests.checking_client import read
from tests.letters import worked
from tests.marketplace import claimed, posted, proposed

PAYLOADS = (
    '"><svg onload=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><b canary>",
    "</script><i canary>",
    '" onmouseover="alert(1)" canary="',
    "' autofocus onfocus='alert(1)' canary='",
    '" hx-get="/logout" hx-trigger="load" canary="',
    "javascript:alert(1)//canary",
    "{{ 7*7 }}{% raw %}",
    "${7*7}#{7*7}",
    "<!--canary",
    "]]><canary/>",
    "&lt;canary&gt; &#60;canary&#62; <canary",
)
ALL = " ".join(PAYLOADS[:6])  # where there is room
GROUPS = [PAYLOADS[at : at + 3] for at in range(0, len(PAYLOADS), 3)]  # few worlds, each group in a name
WRONG = {"canary", "onload", "onerror", "onmouseover", "onfocus"}


def seed(cast: Cast, payload: str) -> dict[str, uuid.UUID]:
    """Fill every free text that people can write; gives what the addresses need."""
    rita, carl = cast.actor(cast.rita), cast.actor(cast.carl)
    with Session(db.engine) as session, session.begin():
        for organisation in session.scalars(select(Organisation).where(Organisation.kind != "platform")):
            organisation.name = f"{organisation.name} {payload}"
        for user in session.scalars(select(User).where(User.is_system.is_(False))):
            user.name = f"{user.name} {payload}"
    person = {"title": payload, "employer": payload, "location": payload, "skills": (payload[:40],)}
    candidate_id = claimed(cast, name=payload, **person)
    sent = OutreachInput(outreach_type="email", subject=payload, message_preview=payload)
    job = {"title": payload, "location": payload, "description": f"{ALL} {payload}"}
    job_id = posted(cast, **job)
    ids = {"candidate_id": candidate_id, "job_id": job_id, "recruiter_id": rita.recruiter_id}
    ids["outreach_id"] = outreach.record_outreach(candidate_id, actor=rita, input=sent)
    ids["proposal_id"] = proposed(cast, candidate_id=candidate_id, job_id=job_id, pitch=f"{ALL} {payload}")
    question = proposals.ask(ids["proposal_id"], actor=carl, question=f"{ALL} {payload}")
    proposals.answer(question, actor=rita, answer=f"{ALL} {payload}")
    hired_from = proposed(cast, candidate_id=candidate_id, job_id=posted(cast, **job), pitch=payload)
    proposals.accept(hired_from, actor=carl, notes=f"{ALL} {payload}")
    ids["placement_id"] = placements.hire(hired_from, actor=carl, salary_minor=12_500_000)
    placements.activate(ids["placement_id"], actor=carl, start_date=carl.now.date(), notes=payload)
    placements.fail(ids["placement_id"], actor=carl, reason="candidate_quit", notes=f"{ALL} {payload}")
    return ids


def more_ids(ids: dict[str, Any], cast: Cast) -> dict[str, Any]:
    """Add what the worker and the services made."""
    with Session(db.engine) as session:
        last = {
            "delivery_id": Delivery.id, "notice_id": Notice.id, "membership_id": Membership.id,
            "user_id": User.id, "organisation_id": Organisation.id, "company_id": Job.company_id,
        }  # fmt: skip
        return {**ids, **{name: session.scalars(select(column).limit(1)).first() for name, column in last.items()}}


def unsound(html: str) -> list[str]:
    """List what a payload became: an element or an attribute of its own."""
    tree, _ = read(html)
    comments = [node for node in tree.root().descendants() if isinstance(node, Comment)]
    found = ["a comment" for comment in comments if "canary" in comment.content]
    for element in tree.select("*"):
        tag, attributes = element.name.local, {key.local: value for key, value in element.attrs.items()}
        wrong = {name for name in attributes if name in WRONG or name.startswith("on")}
        link = (attributes.get("href") or attributes.get("src") or "").strip().lower()
        if "canary" in tag or wrong or link.startswith("javascript:"):
            found.append(f"<{tag} {attributes}>")
        if tag == "script" and not attributes.get("src"):
            found.append(f"a script: {element.text()}")
    return found


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_no_free_text_becomes_markup(
    app: Flask, cast: Cast, tmp_path: Path, its_turn: Callable[[str, int, int], bool], group: int
) -> None:
    payload = " ".join(GROUPS[group])
    app.config["PORTAL_DATA_DIR"] = str(tmp_path)
    ids = seed(cast, payload)
    worked()
    wrong, seen = [], Counter[str]()
    for number, person in enumerate((cast.rita, cast.carl, cast.pia)):
        if not its_turn("", group + number, 3):
            continue
        browser = cast.client(person)
        browser.checks = False  # soundness is for other tests; parsing once is enough here
        for url in readable(app, more_ids(ids, cast)):
            answer = browser.get(url, buffered=True)
            assert answer.status_code < 500, url
            if answer.mimetype == "text/html" and answer.status_code == 200:
                wrong += [f"{url}: {what}" for what in unsound(answer.text)]
                seen[person.name] += 1
                assert "49" not in answer.text or "{{" not in payload or ">49<" not in answer.text, url
    assert wrong == []
    assert min(seen.values()) > 15
    for html in mails(tmp_path):
        assert unsound(html) == []


def mails(folder: Path) -> Iterable[str]:
    """Return the HTML of each mail in the local mailbox; there are some."""
    files = list((folder / "mailbox" / "new").glob("*"))
    assert files
    for path in files:
        body = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("html",))
        if body is not None:
            yield body.get_content()
