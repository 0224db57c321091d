"""Templates as the portal compiles them print exactly what Jinja's own compiler makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import markupsafe
import pytest
from flask import Flask
from jinja2 import DictLoader, Environment, StrictUndefined, Undefined, UndefinedError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.utils import _PassArg
from markupsafe import Markup
from werkzeug.local import LocalProxy

from portal.app import Portal
from portal.rendering.compiling import PLAIN, QuickGenerator

EVIL = "<script>alert('1 & \"2\"')</script>"


class Text(str):
    """A text of its own class, such as SQLAlchemy's names."""


class Word(StrEnum):
    """A state."""

    EVIL = EVIL


class Drawn:
    """What knows how it is drawn, such as a field of a form."""

    def __html__(self) -> str:
        return "<b>drawn</b>"


class Said:
    """What knows only how it is said, such as a sentence that is looked up late."""

    def __str__(self) -> str:
        return EVIL


class Wants:
    """What is called with the context of the page."""

    @pass_context
    def __call__(self, context: Context, number: int) -> str:
        return f"{context['evil']}{number}"


class Safer(Markup):
    """Markup of its own class."""


VALUES = (
    EVIL, "", "plain", Text(EVIL), Word.EVIL, Drawn(), Said(), Markup("<i>"), Safer("<i>"), None, True, 0, -1, 1.5,
    Decimal("1.50"), datetime(2026, 11, 24, tzinfo=UTC), [EVIL], (EVIL,), {EVIL: EVIL}, EVIL.encode(), Exception(EVIL),
    Undefined(name="gone"), LocalProxy(lambda: EVIL), LocalProxy(lambda: Markup("<i>")), LocalProxy(Drawn),
)  # fmt: skip
SOURCES = {
    "base.html": """<title>{% block title %}{{ evil }}{% endblock %}</title>
{% block body %}{% endblock %}{{ self.title() }}""",
    "app.html": """{% extends 'base.html' %}
{% block body %}<{% block main %}{{ evil }}{% endblock %}>{% endblock %}""",
    "part.html": """{{ evil }}{{ markup }}{{ words.evil }}{{ words.nothing|default('-') }}
{{ words.items()|list|length }}
{% for e in values if e.__class__ %}{{ loop.index }}{{ loop.cycle(evil, 'b') }}{{ e }}
{{ e.missing if e is defined }}{% endfor %}""",
    "page.html": """{% extends 'app.html' if values else 'base.html' %}
{% macro m(a, b='<') %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}
{% block title %}{{ super() }}{% block inner %}&{{ evil }}{% endblock %}{% endblock %}
{% block main %}
{{ m(evil) }}{{ m(markup, b=evil) }}{% call m(1) %}{{ evil }}{% endcall %}
{% macro all(a) %}{{ a }}{{ varargs|length }}{{ kwargs.b }}{% endmacro %}
{{ all(1, 2, b=evil) }}{{ all(*[1, 2], **{'b': 3}) }}
{% macro given(a, caller='<') %}{{ caller }}{{ a }}{% endmacro %}{{ given(evil) }}{{ m(m(evil), b=m(b=m(1))) }}
{{ wants(1) }}{{ evil.upper() }}{{ evil.format(1) }}{{ ''.join([evil]) }}
{{ markup.join(['<']) }}{{ cycler('<').next() }}
{% set kept %}{{ evil }}{% endset %}{{ kept }}{% filter upper %}{{ evil }}{% endfilter %}
{{ evil ~ markup }}{{ evil|safe }}{{ markup|e }}{{ evil|e }}{{ '<'|upper }}
{% autoescape false %}{{ evil }}{% endautoescape %}
{% autoescape values|length > 1 %}{{ evil }}{% endautoescape %}
{% include 'part.html' %}{{ super() }}{{ self.inner() }}
{% endblock %}""",
    "mail.txt": "{% block b %}{{ evil }}{% endblock %}{% include 'part.html' %}",
}


def environment(generator: type[QuickGenerator] | None, **how: Any) -> Environment:
    """Make an environment with the portal's compiler, or with Jinja's."""
    made = Environment(loader=DictLoader(SOURCES), autoescape=lambda name: not name or name.endswith("html"), **how)
    if generator is not None:
        made.code_generator_class = generator
    return made


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_printed_is_escaped_as_the_library_does(value: object) -> None:
    drawn = environment(QuickGenerator).from_string("<p>{{ value }}</p>").render(value=value)
    assert drawn == f"<p>{markupsafe.escape(value)}</p>"
    assert "<script" not in drawn


@pytest.mark.parametrize("name", ["page.html", "app.html", "mail.txt"])
@pytest.mark.parametrize("finalize", [None, lambda value: "-" if value is None else value])
def test_a_page_of_many_templates_is_the_same(name: str, finalize: object) -> None:
    words = {"evil": EVIL, "markup": Markup("<i>"), "values": VALUES, "wants": Wants()}
    words["words"] = dict(words)
    ours, theirs = (environment(made, finalize=finalize).get_template(name) for made in (QuickGenerator, None))
    assert ours.render(words) == theirs.render(words)


def test_the_portal_compiles_its_templates_so(kit: Flask) -> None:
    assert Portal.jinja_environment.code_generator_class is QuickGenerator
    asks = [name for name, what in kit.jinja_env.globals.items() if type(what) in PLAIN and _PassArg.from_obj(what)]
    assert not asks, "what templates call is not given the context; a filter is"


@pytest.mark.parametrize("wrong", ["m(1, 2, 3)", "m(c=1)", "m(1, a=1)", "m(caller=1, d=2)"])
def test_a_macro_says_what_it_does_not_take(wrong: str) -> None:
    source = "{% macro m(a, b) %}{{ caller }}{% endmacro %}{{ " + wrong + " }}"
    errors = []
    for made in (QuickGenerator, None):
        with pytest.raises(TypeError) as caught:
            environment(made).from_string(source).render()
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


def test_a_word_that_is_missing_is_an_error_where_it_must_be() -> None:
    template = environment(QuickGenerator, undefined=StrictUndefined).get_template("app.html")
    with pytest.raises(UndefinedError):
        template.render()


def test_the_macros_of_the_kit_are_given_only_what_they_take(kit: Flask) -> None:
    """A part of a page that is seldom drawn would answer with an error once it is."""
    pages = {name: kit.jinja_env.parse(_source(kit, name)) for name in kit.jinja_env.list_templates(["html"])}
    parts = [page for name, page in pages.items() if name.startswith("components/")]
    macros = {macro.name: macro for page in parts for macro in page.find_all(nodes.Macro)}
    calls = [(name, call) for name, page in pages.items() for call in page.find_all(nodes.Call) if _of_kit(call)]
    wrong = [(name, call.lineno, call.node.attr) for name, call in calls if _surplus(macros.get(call.node.attr), call)]
    assert calls
    assert wrong == []


def _source(kit: Flask, name: str) -> str:
    assert kit.jinja_env.loader is not None
    return kit.jinja_env.loader.get_source(kit.jinja_env, name)[0]


def _of_kit(call: nodes.Call) -> bool:
    of = call.node
    return isinstance(of, nodes.Getattr) and isinstance(of.node, nodes.Name) and of.node.name == "ui"


def _surplus(macro: nodes.Macro | None, call: nodes.Call) -> bool:
    """Return whether a call gives more than its macro declares; one that asks for `kwargs` takes anything."""
    if macro is None or any(name.name in {"kwargs", "varargs"} for name in macro.find_all(nodes.Name)):
        return False  # a function of the kit, which Python checks
    taken = {argument.name for argument in macro.args} | {"caller"}
    return len(call.args) > len(macro.args) or any(given.key not in taken for given in call.kwargs)
