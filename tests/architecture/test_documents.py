"""What is written from the tables is fresh: `python -m tests.architecture.test_documents` writes it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain import catalogue

DOCS = Path(__file__).parent.parent.parent / "docs"
DOCUMENTS = {"states.md": catalogue.states, "events.md": catalogue.events}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_says_what_the_tables_say(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == DOCUMENTS[name](), "run: make docs"


if __name__ == "__main__":
    for document, write in DOCUMENTS.items():
        (DOCS / document).write_text(write(), encoding="utf-8")
