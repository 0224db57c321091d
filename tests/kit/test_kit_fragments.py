"""The kit draws its small pieces, escapes what people wrote, and finds its macros."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader, Environment
from wtforms import FieldList, Form, FormField, IntegerField, StringField
from wtforms.validators import InputRequired

from portal.domain.events import Kind
from portal.domain.notifications import KIND_ICONS
from portal.rendering import fragments, json_view
from portal.wording.states import known_states, state_info
from tests.kit.conftest import NOW, ROOT, Draw

SPRITE = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
EVIL = "<script>"


@pytest.mark.parametrize(("kind", "state"), [(k, s) for k, states in known_states().items() for s in states])
def test_every_state_has_a_word_and_an_icon_that_exists(kind: str, state: str) -> None:
    label, icon, tone = state_info(kind, state)
    assert label
    assert icon in SYMBOLS
    assert tone in {"", "ok", "warn", "bad", "info", "accent"}


def test_an_unknown_state_shows_itself(draw: Draw) -> None:
    assert "Never heard of" in draw("{{ ui.state_tag('proposal', 'never_heard_of') }}")
    assert "Elsewhere" in draw("{{ ui.state_tag('nothing', 'elsewhere') }}")


def test_every_kind_of_notification_has_an_icon_that_exists() -> None:
    assert set(KIND_ICONS) == set(Kind)
    assert set(KIND_ICONS.values()) <= SYMBOLS


def test_every_icon_that_a_template_names_exists() -> None:
    named = re.compile(r"ui\.icon\('([a-z0-9-]+)'|icon='([a-z0-9-]+)'")
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found = {a or b for a, b in named.findall(path.read_text(encoding="utf-8"))}
        assert found <= SYMBOLS, f"{path.relative_to(ROOT)}: {found - SYMBOLS}"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ ui.icon('check') }}", '<svg class="icon" aria-hidden="true">'),
        ("{{ ui.icon('check', 's', label='Done') }}", '<svg class="icon s" role="img" aria-label="Done">'),
        ("{{ ui.who('Priya Raman', none, 'Nordsearch') }}", "<span>Priya Raman<small>Nordsearch</small></span></span>"),
        ("{{ ui.who('Priya', 'priya.raman@nordsearch.test') }}", "priya<wbr>.raman<wbr>@nordsearch<wbr>.test</small>"),
        ("{{ ui.who('Priya', 'priya@north.test') }}", "priya@north.test</small>"),
        ("{{ ui.who('Priya Raman', '', none) }}", "<span>Priya Raman</span></span>"),
        (
            "{{ ui.protection(365, 347) }}",
            '<label class="protection"><progress value="347" max="365"></progress><small>347 days left</small></label>',
        ),
        ("{{ ui.protection(365, 30) }}", '<progress class="warn" value="30" max="365"'),
        ("{{ ui.protection(365, 7) }}", '<progress class="bad" value="7" max="365"'),
        ("{{ ui.avatar('Priya Raman') }}", '<span class="av" aria-hidden="true">PR</span>'),
        ("{{ ui.avatar('Priya Raman', 'l') }}", '<span class="av l" aria-hidden="true">PR</span>'),
        ("{{ ui.avatar(none) }}", '<span class="av gone" aria-hidden="true"><svg'),
        ("{{ ui.tag('Held', 'warn') }}", '<span class="tag warn">Held</span>'),
        ("{{ ui.rel(none) }}", "never"),
        ("{{ ui.when(none, 'not yet') }}", "not yet"),
        ("{{ ui.countdown(none) }}", "no deadline"),
        ("{{ ui.due(none) }}", "no deadline"),
        ("{{ ui.deed('Rita', 'Rita claimed <it>.') }}", '<span class="by">Rita</span> claimed &lt;it&gt;.'),
        ("{{ ui.deed('Rita', 'Ritas claim.') }}", '<span class="by">Rita</span> · Ritas claim.'),
        ("{{ ui.deed('Rita', '') }}{{ ui.deed('', 'Ended.') }}", '<span class="by">Rita</span>Ended.'),
        ("{{ ui.delta(2.14) }}", '</svg><span class="vh">up </span>+2.1'),
        ("{{ ui.delta(-3, ' h', digits=0) }}", '<span class="vh">down </span>−3 h'),
        ("{{ ui.delta(0.04) }}", "no change"),
        ("{{ ui.rep_ring(87) }}", 'aria-label="Reputation 87 of 100"'),
        ("{{ ui.rep_ring(50, provisional=true) }}", 'aria-label="Reputation 50 of 100, provisional"'),
        ("{{ ui.rep_ring(none) }}", 'aria-label="No reputation yet"'),
        ("{{ ui.rep_ring(0) }}", ">0</text>"),
    ],
)
def test_small_pieces(draw: Draw, template: str, expected: str) -> None:
    assert expected in draw(template)


def test_a_countdown_carries_its_moment_for_the_script(draw: Draw) -> None:
    at = NOW + timedelta(hours=3, minutes=41)
    assert draw("{{ ui.countdown(at) }}", at=at) == (
        '<time datetime="2026-11-24T06:20:00Z" title="Tue 24 Nov 2026, 06:20 UTC" '
        'data-countdown data-urgency="hot">3 h 41 min</time>'
    )
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    assert 'title="Tue 24 Nov 2026, 23:59 UTC"' in draw("{{ ui.countdown(at) }}", at=midnight)
    assert "alert-triangle" in draw("{{ ui.due(at) }}", at=at)
    assert "#clock" in draw("{{ ui.due(at) }}", at=at + timedelta(days=2))


def test_what_people_wrote_is_escaped(draw: Draw) -> None:
    written = draw(
        "{{ ui.tag(x) }}{{ ui.avatar(x) }}{{ ui.who(x, x) }}{{ ui.icon(x, label=x) }}{{ ui.state_tag(x, x) }}", x=EVIL
    )
    written += draw("{{ ui.rel(none, x) }}{{ ui.btn(x) }}{{ ui.crumbs([(x, x)]) }}{{ x|json_view }}", x=EVIL)
    assert "<script" not in written


def test_the_kit_names_everything_once_and_knows_nothing_else(kit: Flask) -> None:
    ui = kit.jinja_env.globals["ui"]
    names = ui.names()
    assert {"icon", "card", "field", "confirm_dialog", "line"} <= set(names)
    assert len(names) == len(set(names))
    with pytest.raises(AttributeError, match="the kit has no 'carrd'"):
        _ = ui.carrd


def test_two_macros_of_one_name_are_refused() -> None:
    sources = {f"components/{n}.html": "{% macro card() %}{% endmacro %}" for n in "ab"}
    with pytest.raises(ValueError, match="card is defined in"):
        fragments.macro_files(Environment(loader=DictLoader(sources), autoescape=True))


def test_json_is_masked_coloured_and_cut() -> None:
    drawn = json_view.draw({"mail": "tomas.alvarez@example.com", "n": -1.5, "yes": True, "html": "<b>"})
    assert '<span class="k">&#34;mail&#34;</span>: <span class="s">&#34;t•••@example.com&#34;</span>' in drawn
    assert '<span class="n">-1.5</span>' in drawn
    assert '<span class="n">true</span>' in drawn
    assert "<b>" not in drawn
    assert json_view.draw("x" * 70_000).endswith("truncated at 64 KB; the export has everything")


class Line(Form):
    """One line of a form in a form."""

    share = IntegerField("Share", [InputRequired("Enter a share.")])


class Sheet(Form):
    """A form with lines."""

    name = StringField("Name", [InputRequired("Enter a name.")])
    lines = FieldList(FormField(Line), min_entries=1)


def test_errors_lead_to_the_controls_that_caused_them(draw: Draw) -> None:
    form = Sheet()
    form.validate()
    form.form_errors.append("The sheet is locked.")
    summary = draw("{{ ui.error_summary(form) }}", form=form)
    assert '<a href="#name">Enter a name.</a>' in summary
    assert '<a href="#lines-0-share">Enter a share.</a>' in summary
    assert "<li>The sheet is locked.</li>" in summary
    assert "There are 3 problems" in summary


def test_a_valid_form_has_no_summary(draw: Draw) -> None:
    assert draw("{{ ui.error_summary(form) }}", form=Sheet()) == ""


def test_a_post_form_carries_its_token_and_its_key(draw: Draw) -> None:
    form = draw("{% call ui.post_form('/x', target='#panel') %}inside{% endcall %}")
    assert re.search(r'name="csrf_token" value="[^"]+"', form)
    assert re.search(r'name="idempotency_key" value="[0-9a-f]{32}"', form)
    assert 'data-hx-post="/x" data-hx-target="#panel"' in form


def test_the_templates_of_the_kit_compile(kit: Flask) -> None:
    folders = ("layouts", "components", "errors", "styleguide")
    for path in (p for folder in folders for p in (Path(ROOT) / "templates" / folder).rglob("*.html")):
        kit.jinja_env.get_template(path.relative_to(ROOT / "templates").as_posix())
