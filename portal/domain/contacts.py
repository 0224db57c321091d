"""The keys under which a person is found again: the normalised addresses and profiles (domain.md §2)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import idna

from portal.domain.names import normal

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
# In every public shape: of a country, of the mobile site, of China, out of an email, in a language.
_HOST = r"(?:(?:https?:)?//)?(?:[a-z0-9-]{1,20}\.){0,2}linkedin\.(?:com|cn)(?::443)?/+"
_WAYS = "(?:comm/|m/|mwlite/(?:profile/)?|public-profile/|incareer/)?"
_REST = r"(?:(?:[/?#;&]|%20)\S{0,500})?"
_PROFILE = re.compile(rf"{_HOST}{_WAYS}in/+((?:(?!%20)[^/?#;&\s]){{1,300}}){_REST}", re.I)
# How profiles were called until 2014; LinkedIn leads from there to the name with the three parts turned around.
_OLD_PROFILE = re.compile(rf"{_HOST}pub/([^/?#\s]{{1,100}})/(\w{{1,3}})/(\w{{1,3}})/(\w{{1,3}}){_REST}", re.I)
# The link within another one, of a search engine or of a page that asks to sign in first.
_WITHIN = re.compile(r"https?://\S{1,300}?[?&]\w{1,20}=(https?(?::|%3A)\S{1,600})", re.I)
_MEMBER = re.compile(r"AC[ow]AA[\w-]{20,100}")  # a member's number in signs: unlike names, it tells case apart
_AROUND = "<>()[]\"'.,;"  # what stands around a link in a text
# What files have where a link was: the words that led to it.
_LABELS = frozenset({
    "linkedin", "linked-in", "link", "links", "profile", "profil", "profilo", "perfil", "url", "website", "open",
    "view", "here", "click", "yes", "no", "not", "none", "ja", "nein", "oui", "non", "sim", "nao", "não", "sí",
})  # fmt: skip
_SLUG = re.compile(r"[^\W_](?:[\w-]{1,98})[^\W_]")
_LINK = re.compile(r"(?:https?://)?(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?::\d{1,5})?(?:[/?#]\S*)?", re.I)
PROFILE_URL = "https://www.linkedin.com/in/"


def ascii_host(host: str) -> str:
    """Return a host as it travels; what has no such form stays.

    The standard library's codec is of 2003, and leads from straße.de to strasse.de, which belongs to others.
    """
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return host


def email_key(address: str) -> str:
    """Return the form in which two spellings of one mailbox are equal; `address` has one @ that separates the host."""
    local, _, host = unicodedata.normalize("NFKC", address).strip().lower().rpartition("@")
    host = ascii_host(host)
    host = SAME_HOST.get(host, host)
    if host in PLUS_TAGS:
        local = local.split("+", 1)[0] or local
    if host in DOTS_IGNORED:
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def linkedin_slug(typed: str) -> str | None:
    """Return the name of a LinkedIn profile in a link to it, or alone as typed; None when it is neither."""
    text = "".join(c for c in typed if unicodedata.category(c) != "Cf").strip().strip(_AROUND)
    old = _OLD_PROFILE.fullmatch(text)
    if old:
        name, first, second, third = old.groups()
        return normal(unquote(f"{name}-{third:0>3}{second:0>3}{first}")).lower()
    within = _WITHIN.fullmatch(text)
    found = _PROFILE.fullmatch(text) or (within and _PROFILE.fullmatch(unquote(within[1])))
    if found is None and text.lower() in _LABELS:
        return None
    name = normal(unquote(found[1] if found else text.strip("/").removeprefix("in/")).strip(_AROUND))
    slug = name if _MEMBER.fullmatch(name) else name.lower()
    return slug if _SLUG.fullmatch(slug) else None


def profile_link(typed: str) -> str | None:
    """Return a link to any host with its scheme, None for anything else."""
    text = typed.strip().strip("<>").rstrip(".,;")
    if not _LINK.fullmatch(text):
        return None
    return text if text.lower().startswith(("http://", "https://")) else f"https://{text}"


# A label before the number may have a dot, the number itself has none: 171.392.00 was written so by a person.
_DECIMALS = re.compile(r"(\D*\d[^.,]*)[.,]0+")


def without_decimals(number: str) -> str:
    """Return a telephone number without the `.0` of a spreadsheet that took it for an amount."""
    found = _DECIMALS.fullmatch(number)
    return found[1].rstrip() if found else number


_BRACKETED = re.compile(r"[(（][^()（）\d]*[)）]")
_WORDS_BEHIND = re.compile(r"(?<=\d)[\s\-–,:]*[^\W\d_]\D*$")


def without_words(number: str) -> str:
    """Return a telephone number without what is said of it: `(mobile)`, `home`; letters are never read as digits."""
    return _WORDS_BEHIND.sub("", _BRACKETED.sub(" ", number)).strip()


# Numbers that countries rewrote, old form to new, in E.164: both are dialled for a while, and stand in files for ever.
_REWRITTEN = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"\+52(?:1|01|044|045)(\d{10})", r"+52\1"),  # Mexico 2019: no 1 before mobiles, and no prefixes to dial
        (r"\+549(\d{10})", r"+54\1"),  # Argentina: the 9 of mobiles is dialled from abroad only
        (r"\+55(\d{2})([6-9]\d{7})", r"+55\g<1>9\2"),  # Brazil: a ninth digit before mobiles
        (r"\+229(\d{8})", r"+22901\1"),  # Benin 2024
        (r"\+225(\d[0-3]\d{6})", r"+22501\1"),  # Ivory Coast 2021: the operator before the number
        (r"\+225(\d[4-6]\d{6})", r"+22505\1"),
        (r"\+225(\d[7-9]\d{6})", r"+22507\1"),
        (r"\+57([1-8]\d{7})", r"+5760\1"),  # Colombia 2021: 60 before the area
        (r"\+237([79]\d{7})", r"+2376\1"),  # Cameroon 2014: nine digits, mobiles and lines
        (r"\+237([23]\d{7})", r"+2372\1"),
        (r"\+2410?([256]\d{6})", r"+2416\1"),  # Gabon 2019: the operator before the number, no 0 from abroad
        (r"\+2410?([47]\d{6})", r"+2417\1"),
        (r"\+2410?(1\d{6})", r"+2411\1"),
        (r"\+593([89]\d{7})", r"+5939\1"),  # Ecuador 2012: a 9 before mobiles
        (r"\+39([26]\d{6,9})", r"+390\1"),  # Italy 1998: the 0 of Milan and Rome is dialled from abroad too
        (r"\+562(\d{7})", r"+5622\1"),  # Chile 2012: a 2 before the number, in Santiago and elsewhere
        (r"\+56([3-7]\d)(\d{6})", r"+56\g<1>2\2"),
        (r"\+844(\d{8})", r"+8424\1"),  # Vietnam 2017: Hanoi
        (r"\+230([79]\d{6})", r"+2305\1"),  # Mauritius 2013: a 5 before mobiles
        (r"\+995([79]\d{7})", r"+9955\1"),  # Georgia 2011: a 5 before mobiles, a 2 in Tbilisi
        (r"\+99532(\d{6})", r"+995322\1"),
        (r"\+974([3-7])(\d{6})", r"+974\1\1\2"),  # Qatar 2010: the first digit twice
        (r"\+965([2-4]\d{6})", r"+9652\1"),  # Kuwait 2008: the operator before the number
        (r"\+965([79]\d{6})", r"+9659\1"),
        (r"\+965(6\d{6})", r"+9656\1"),
        (r"\+212([23]\d{7})", r"+2125\1"),  # Morocco 2009: a 5 before lines, a 6 before mobiles
        (r"\+212([14-7]\d{7})", r"+2126\1"),
        (r"\+506(2\d{6})", r"+5062\1"),  # Costa Rica 2008: likewise 2 and 8
        (r"\+506([38]\d{6})", r"+5068\1"),
        (r"\+3717(\d{6})", r"+37167\1"),  # Latvia 2008: Riga, and mobiles
        (r"\+3719(\d{6})", r"+37129\1"),
        (r"\+8416([2-9]\d{7})", r"+843\1"),  # Vietnam 2018: mobiles of ten digits
        *(
            (rf"\+84{old}(\d{{7}})", rf"+84{new}\1")
            for old, new in (
                ("120", "70"), ("121", "79"), ("122", "77"), ("126", "76"), ("128", "78"), ("123", "83"), ("124", "84"),
                ("125", "85"), ("127", "81"), ("129", "82"), ("186", "56"), ("188", "58"), ("199", "59"),
            )
        ),
        # Vietnam 2017: Saigon, after the mobiles: those that begin alike now have keys as if they were there.
        (r"\+848([2-7]\d{7})", r"+8428\1"),
    )
)  # fmt: skip


def phone_key(number: str) -> str:
    """Return the form in which the old and the new way of writing one number are equal; `number` is E.164."""
    for old, new in _REWRITTEN:
        found = old.fullmatch(number)
        number = found.expand(new) if found else number
    return number
