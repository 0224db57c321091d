"""The evidence pack verifies with its own command, on a machine without the portal (disputes.md §2)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portal.domain import evidence_pack

ROWS = b"entry,hash\n7,ab\n,\n9,cd\n"
ABOUT: dict[str, object] = {"head": {"number": 12, "hash": "ef"}, "left_out": ["Amounts"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Unpack a pack of a timeline and an attachment."""
    packed = evidence_pack.pack({"timeline.csv": ROWS, "attachments/1.pdf": b"%PDF"}, ABOUT)
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path / "pack")
    return tmp_path / "pack"


def test_the_documented_command_verifies_a_pack_with_python_alone(folder: Path) -> None:
    command = [sys.executable, "-I", "-S", "verify.py"]
    whole = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stdout) == (0, "The pack is intact: every file matches the manifest.\n")
    (folder / "timeline.csv").write_bytes(ROWS + b"10,ee\n")
    changed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (changed.returncode, changed.stdout) == (1, "timeline.csv was changed.\n")


def test_what_was_changed_added_or_taken_out_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "attachments/1.pdf").unlink()
    (folder / "attachments/2.pdf").write_bytes(b"%PDF")
    assert evidence_pack.main([str(folder)]) == 1
    assert capsys.readouterr().out == "attachments/1.pdf is missing.\nattachments/2.pdf was added.\n"


@pytest.mark.parametrize(
    ("number", "digest", "said"),
    [(7, "ab", []), (8, "xx", []), (9, "xx", [9]), (12, "ef", []), (12, "xx", [12])],
)
def test_entries_and_head_are_compared_with_checkpoints_kept_elsewhere(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, digest: str, said: list[int]
) -> None:
    kept = tmp_path / "kept.log"
    kept.write_text(json.dumps({"number": number, "hash": digest}) + "\n\n")
    found = evidence_pack.findings(folder, {number: digest})
    assert found == [f"Log entry {n} doesn't match the kept checkpoint." for n in said]
    assert evidence_pack.main([str(folder), "--kept", str(kept)]) == bool(said)
    told = capsys.readouterr().out
    assert said or (f"same hash for entry {number}." if number != 8 else "neither confirm nor refute") in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_kept_lines_that_are_damaged_or_of_another_encoding_do_not_end_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    kept = tmp_path / "kept.log"
    torn = ['{"number": 7, "ha', "Checkpoint für Käthe:", "[1]", '{"number": "x", "hash": "ab"}']
    kept.write_bytes("\r\n".join([*torn, json.dumps({"number": 9, "hash": "xx"})]).encode(encoding))
    assert evidence_pack.main([str(folder), "--kept", str(kept)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Log entry 9 doesn't match the kept checkpoint."
    assert said[1:] == [f"Line {n} of the kept checkpoints is damaged, and was passed over." for n in range(1, 5)]


def test_equal_contents_make_equal_packs() -> None:
    assert evidence_pack.pack({"a": b"1"}, ABOUT) == evidence_pack.pack({"a": b"1"}, ABOUT)
