"""The page that drills write their figures to: each in a row of its own, in place of the last one's."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "operations" / "drills.md"


def record(drill: str, figure: str) -> None:
    """Write the figure of a drill into its row, and print it."""
    lines = PAGE.read_text().splitlines()
    row, start = f"| {drill} | {figure} |", f"| {drill} |"
    if not any(line.startswith(start) for line in lines):
        lines.append(start)
    PAGE.write_text("\n".join(row if line.startswith(start) else line for line in lines) + "\n")
    print(f"\n{drill}: {figure}")
