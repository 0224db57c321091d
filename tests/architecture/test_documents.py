"""What is written from the tables is fresh: `python -m tests.architecture.test_documents` writes it again."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from portal.domain import catalogue, hosts
from tests import servers

DOCS = Path(__file__).parent.parent.parent / "docs"


def _top_level_domains() -> str:
    """Return IANA's list of them, which each release of Hypothesis brings along, as people read them."""
    listed = Path(hypothesis.__file__).parent / "vendor" / "tlds-alpha-by-domain.txt"
    lines = [line.lower() for line in listed.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    read = (line[4:].encode().decode("punycode") if line.startswith("xn--") else line for line in lines)
    return "\n".join(sorted(read)) + "\n"


def _newest_migration() -> str:
    """Return its number, which the file holds so that two migrations of one number conflict in git, not at start."""
    return max(path.name[:4] for path in (servers.MIGRATIONS / "versions").glob("[0-9]*.py")) + "\n"


DOCUMENTS = {
    DOCS / "states.md": catalogue.states,
    DOCS / "events.md": catalogue.events,
    hosts.LISTED: _top_level_domains,
    servers.MIGRATIONS / ".head": _newest_migration,
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_says_what_the_tables_say(document: Path) -> None:
    assert document.read_text(encoding="utf-8") == DOCUMENTS[document](), "run: make docs"


if __name__ == "__main__":
    for document, write in DOCUMENTS.items():
        document.write_text(write(), encoding="utf-8")
