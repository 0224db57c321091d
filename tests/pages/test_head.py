"""HEAD asks what GET would answer, on every page; and every page has the headers of all answers."""

from __future__ import annotations

from tests.pages.test_bad_input import Forms, forms
from tests.pages.test_security_headers import lacking

__all__ = ["forms"]


def test_head_answers_as_get_does_on_every_page_and_no_cache_keeps_either(forms: Forms) -> None:
    wrong = []
    for rule in forms.app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(("/api/", "/static/", "/styleguide")):
            continue
        if rule.arguments - forms.world.ids.keys():
            continue
        client, _ = forms.browser(rule)
        url = forms.address(rule, forms.world.ids)
        asked, headed = client.get(url, buffered=True), client.head(url, buffered=True)
        if headed.status_code != asked.status_code or headed.data:
            wrong.append(f"{rule.rule}: {headed.status_code} instead of {asked.status_code}")
        if lacking(asked) or asked.headers["Cache-Control"] != "no-store":
            wrong.append(f"{rule.rule}: {lacking(asked)}, {asked.headers['Cache-Control']}")
    assert not wrong, "\n".join(wrong)
