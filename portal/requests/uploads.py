"""Room for the files that requests bring."""

from __future__ import annotations

from flask import Blueprint, request

FIELDS = 64 * 1024  # what a form or a body has beside the file


def make_room(blueprint: Blueprint, most_bytes: int, *, in_a_field: bool = False) -> None:
    """Let the requests of a blueprint be as large as a file of `most_bytes`; `in_a_field` when it comes as typed text.

    The limits are read as soon as anything looks at the form, so they are set before that.
    """

    def set_limits(_endpoint: str | None, _values: dict[str, object] | None) -> None:
        request.max_content_length = most_bytes + FIELDS
        if in_a_field:
            request.max_form_memory_size = most_bytes + FIELDS

    blueprint.url_value_preprocessor(set_limits)
