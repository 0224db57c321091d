"""The keys under which a person is found again: the normalised addresses and profiles (domain.md §2)."""

from __future__ import annotations

import re
from urllib.parse import unquote

# The same mailbox under several names.
SAME_HOST = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
DOTS_IGNORED = {"gmail.com"}
PLUS_TAGS = DOTS_IGNORED | {
    "fastmail.com",
    "fastmail.fm",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "live.com",
    "msn.com",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "proton.me",
}
_PROFILE = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]{1,20}\.)?linkedin\.com/in/([^/?#\s]{1,300})(?:[/?#]\S{0,500})?", re.I
)
_SLUG = re.compile(r"[^\W_](?:[\w-]{1,98})[^\W_]")
PROFILE_URL = "https://www.linkedin.com/in/"


def email_key(address: str) -> str:
    """Give the form in which two spellings of one mailbox are equal; `address` has one @ that separates the host."""
    local, _, host = address.strip().lower().rpartition("@")
    host = SAME_HOST.get(host, host)
    if host in PLUS_TAGS:
        local = local.split("+", 1)[0] or local
    if host in DOTS_IGNORED:
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def linkedin_slug(typed: str) -> str | None:
    """Give the name of a LinkedIn profile in a link to it, or alone as typed; None when it is neither."""
    text = typed.strip()
    found = _PROFILE.fullmatch(text)
    slug = unquote(found[1] if found else text.removeprefix("in/").strip("/")).lower()
    return slug if _SLUG.fullmatch(slug) else None
