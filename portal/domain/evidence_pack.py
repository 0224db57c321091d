"""The evidence pack of a dispute: a zip whose manifest anybody can verify, without the portal (disputes.md §2).

Each pack carries a copy of this file. With Python 3.8 or later and nothing else, in the unpacked folder:

    python verify.py
    python verify.py --kept checkpoints.log     also compares with checkpoint lines of the log that were kept elsewhere
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

MANIFEST, TIMELINE, VERIFY = "manifest.json", "timeline.csv", "verify.py"
WRITTEN = (1980, 1, 1, 0, 0, 0)  # of every member, so that equal packs are equal bytes


def pack(files: dict[str, bytes], about: dict[str, object]) -> bytes:
    """Return the zip of some files with a manifest of them; `about` says what it is, and what was left out."""
    members = {**files, VERIFY: Path(__file__).read_bytes()}
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(members.items())}
    members[MANIFEST] = json.dumps({**about, "files": listed}, indent=2, ensure_ascii=False).encode()
    opened = io.BytesIO()
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, WRITTEN), content, zipfile.ZIP_DEFLATED)
    return opened.getvalue()


def findings(folder: Path, kept: dict[int, str]) -> list[str]:
    """Return what is wrong with an unpacked pack, in sentences; nothing when it is what the portal packed."""
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    there = {str(p.relative_to(folder).as_posix()) for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    found = [f"{name} is missing." for name in sorted(set(listed) - there)]
    found += [f"{name} was added." for name in sorted(there - set(listed))]
    for name in sorted(set(listed) & there):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            found.append(f"{name} was changed.")
    return found + _against(folder, kept)


def marks(data: bytes) -> tuple[dict[int, str], list[str]]:
    """Read the hashes by entry of lines that somebody kept, and say which lines are damaged; others are compared.

    A shell may have written them as UTF-16, an editor with a byte-order mark.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    kept: dict[int, str] = {}
    damaged = []
    for at, line in enumerate(data.decode(encoding, errors="replace").splitlines(), start=1):
        try:
            mark = json.loads(line) if line.strip() else None
            kept.update({int(mark["number"]): str(mark["hash"])} if mark is not None else {})
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            damaged.append(f"Line {at} of the kept checkpoints is damaged, and was passed over.")
    return kept, damaged


def _against(folder: Path, kept: dict[int, str]) -> list[str]:
    """Compare the entries of the timeline, and the head, with checkpoints that were kept elsewhere."""
    entries = _entries(folder) if kept else {}
    wrong = sorted(number for number in set(kept) & set(entries) if kept[number] != entries[number])
    return [f"Log entry {number} doesn't match the kept checkpoint." for number in wrong]


def compared(folder: Path, kept: dict[int, str]) -> str:
    """Return how much of a pack checkpoints that were kept elsewhere bear out, as a sentence."""
    there = set(kept) & set(_entries(folder))
    if not there:
        return "The kept checkpoints cover none of its entries, so they neither confirm nor refute it."
    numbers = ", ".join(str(number) for number in sorted(there))
    return f"The kept checkpoints have the same hash for entry {numbers}."


def _entries(folder: Path) -> dict[int, str]:
    """Read the numbers and hashes of the sealed entries, and of the head of the log."""
    head = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["head"]
    with (folder / TIMELINE).open(encoding="utf-8-sig", newline="") as opened:
        rows = {int(row["entry"]): row["hash"] for row in csv.DictReader(opened) if row["entry"]}
    return {**rows, int(head["number"]): str(head["hash"])}


def main(arguments: list[str]) -> int:
    """Verify the pack in the folder of this file, or in a named one, and return the exit code."""
    asked = argparse.ArgumentParser(description="Verify an unpacked evidence pack.")
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    asked.add_argument("--kept", type=Path, help="checkpoint lines kept elsewhere")
    given = asked.parse_args(arguments)
    kept, damaged = marks(given.kept.read_bytes()) if given.kept else ({}, [])
    found = findings(given.folder, kept)
    intact = ["The pack is intact: every file matches the manifest."]
    said = found or intact + ([compared(given.folder, kept)] if given.kept else [])
    print("\n".join(said + damaged))  # noqa: T201 (what a command of the pack is for)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
