"""How templates become Python: as Jinja does it, but for what a page does hundreds of times.

What is printed is only ever joined to a page, so it must be escaped, but need not be marked as such. A block is one
piece of its page, so that its own pieces do not climb through each of the templates that the page extends.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape
from markupsafe import _escape_inner as inner  # type: ignore[attr-defined]  # the C function of `escape`, not exported

EACH_PIECE, JOINED = "yield from ", "yield concat"


def printed(value: Any) -> str:
    """Escape what a template prints, as `escape` does."""
    kind = type(value)
    if kind is str:
        escaped: str = inner(value)
        return escaped
    return value if kind is Markup else escape(value)


class QuickGenerator(CodeGenerator):
    """Jinja's own compiler but for how it prints values and blocks."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        """Let the functions of the template find `printed`."""
        super().visit_Template(node, frame)
        self.writeline(f"from {printed.__module__} import {printed.__name__}")

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        """Join what a block yields."""
        line = f"{JOINED}({x.removeprefix(EACH_PIECE)})" if x.startswith(EACH_PIECE) else x
        super().writeline(line, node, extra)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write(f"{printed.__name__}(")
