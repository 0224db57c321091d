"""How templates become Python: as Jinja does it, but for what a page does hundreds of times (ADR 0090).

What is printed is only ever joined to a page, so it must be escaped, but need not be marked as such. An attribute that
an object has and a call of a macro or a plain function go no way round. A block is one piece of its page, so that its
own pieces do not climb through each of the templates that the page extends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache, partial
from io import StringIO
from itertools import repeat
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import markupsafe
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

INNER: Callable[[str], str] = markupsafe._escape_inner  # type: ignore[attr-defined]  # nothing public escapes without marking
EACH_PIECE, JOINED = "yield from ", "yield concat"


class QuickMacro(Macro):
    """A macro that takes its arguments and marks its text without a look at how it was called."""

    def __init__(self, *declared: Any) -> None:
        super().__init__(*declared)
        self._is_quick = bool(self._default_autoescape) and not self.catch_varargs

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        if not self._is_quick or len(args) > self._argument_count:
            return super().__call__(*args, **kwargs)
        given = [*args, *map(kwargs.pop, self.arguments[len(args) :], repeat(missing))]
        if self.caller and not self.explicit_caller:
            caller = kwargs.pop("caller", None)
            given.append(caller or self._environment.undefined("No caller defined", name="caller"))
        if self.catch_kwargs:
            given.append(kwargs)
        elif kwargs:
            return super().__call__(*args, **kwargs)  # which says what it does not take
        return str.__new__(Markup, self._func(*given))


# What is called without a look at what it wants; a test sees to it that no function of the templates wants the context.
PLAIN = frozenset({QuickMacro, FunctionType, MethodType, BuiltinFunctionType, type(lru_cache(escape))})


def called(context: Context, what: Any) -> Callable[..., Any]:
    """Return how a template calls anything else."""
    return partial(context.call, what)


class QuickGenerator(CodeGenerator):
    """Jinja's own compiler but for how it prints, looks up, calls, and joins blocks."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  # Jinja finds it by its node
        """Let the functions of the template find what they need when they run."""
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import INNER, PLAIN, QuickMacro as Macro, called")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  # Jinja finds it by its node
        """Ask the object, and the environment for what it does not have."""
        self.write("(_a if (_a := getattr((_o := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(_o, {node.attr!r}))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802  # Jinja's signature
        """Call what is plain at once, and anything else as Jinja does, but without the variables of loop and block."""
        self.write("(_f if type(_f := ")
        self.visit(node.node, frame)
        self.write(") in PLAIN else called(context, _f))(")
        self.write(self._arguments(node, frame, {"caller": "caller"} if forward_caller else None))
        self.write(")")

    def _arguments(self, node: nodes.Call, frame: Frame, more: Mapping[str, str] | None) -> str:
        """Return what Jinja writes for them, which begins with a comma."""
        page, self.stream = self.stream, StringIO()
        try:
            self.signature(node, frame, more)
            written: str = self.stream.getvalue()
        finally:
            self.stream = page
        return written.removeprefix(", ")

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        """Join what a block yields."""
        line = f"{JOINED}({x.removeprefix(EACH_PIECE)})" if x.startswith(EACH_PIECE) else x
        super().writeline(line, node, extra)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _is_escaped(frame, finalize):
            self.write("(_v if (_k := type(_v := ")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _is_escaped(frame, finalize):
            self.write(")) is Markup else INNER(_v) if _k is str else escape(_v))")
        else:
            super()._output_child_post(node, frame, finalize)


def _is_escaped(frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> bool:
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile and finalize.src is None


class QuickEnvironment(Environment):
    """Flask's environment with this compiler, whose templates share its globals: a chain of two is slow to copy."""

    code_generator_class = QuickGenerator

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
