"""The sourcing credit's pure rules, against the tables of domain.md §2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.contacts import email_key, linkedin_slug, phone_key
from portal.domain.ownership import (
    Badge,
    Engagement,
    Protection,
    badge,
    days_remaining,
    further,
    wait_in_words,
    written,
)

MEMBER = "ACoAABcdEfGhIjKlMnOpQrStUvWxYz0123456789"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Maya@Example.com", "maya@example.com"),
        (" maya@example.com ", "maya@example.com"),
        ("m.a.y.a@gmail.com", "maya@gmail.com"),
        ("Maya+work@googlemail.com", "maya@gmail.com"),
        ("maya.o+x@outlook.com", "maya.o@outlook.com"),
        ("maya+x@me.com", "maya@icloud.com"),
        ("maya+x@protonmail.com", "maya@proton.me"),
        ("maya+x@example.com", "maya+x@example.com"),
        ("m.aya@example.com", "m.aya@example.com"),
        ("ｍａｙａ@example.com", "maya@example.com"),
        ("ju\u0308rgen@example.com", "jürgen@example.com"),
        ("+x@gmail.com", "+x@gmail.com"),
        ("Maya@Straße.de", "maya@xn--strae-oqa.de"),  # as the host is written on the way, and not strasse.de
        ("maya@ελλάς.gr", "maya@xn--hxarsa0b.gr"),
        ("maya@no_hóst.test", "maya@no_hóst.test"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(typed: str, key: str) -> None:
    assert email_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("https://www.linkedin.com/in/Maya-Okafor/", "maya-okafor"),
        ("http://de.linkedin.com/in/maya-okafor?trk=x", "maya-okafor"),
        ("linkedin.com/in/j%C3%BCrgen-m", "jürgen-m"),
        ("https://www.linkedin.com/in/maya-okafor/en/details", "maya-okafor"),
        ("in/maya-okafor", "maya-okafor"),
        ("maya-okafor", "maya-okafor"),
        ("https://www.linkedin.com/comm/in/maya-okafor?midToken=AQE&trk=eml", "maya-okafor"),
        ("https://m.linkedin.com/in/maya-okafor/", "maya-okafor"),
        ("linkedin.com/mwlite/in/maya-okafor", "maya-okafor"),
        ("//www.linkedin.com/in/maya-okafor", "maya-okafor"),
        ("https://www.linkedin.com/in/maya-okafor/recent-activity/#top", "maya-okafor"),
        ("linkedin.com/in/ju%CC%88rgen-m", "jürgen-m"),
        ("https://www.linkedin.com/pub/mei-tanaka/12/345/678", "mei-tanaka-67834512"),
        ("uk.linkedin.com/pub/mei-tanaka/1/2b/3", "mei-tanaka-00302b1"),
        ("https://www.linkedin.com/mwlite/profile/in/maya-okafor", "maya-okafor"),
        ("https://www.linkedin.cn/incareer/in/maya-okafor", "maya-okafor"),
        ("https://touch.www.linkedin.com:443//in/maya-okafor", "maya-okafor"),
        ("https://www.linkedin.com/public-profile/in/maya-okafor", "maya-okafor"),
        ("<https://www.linkedin.com/in/maya-okafor>", "maya-okafor"),
        ("(linkedin.com/in/maya-okafor).", "maya-okafor"),
        ("/in/maya-okafor", "maya-okafor"),
        (f"linkedin.com/in/{MEMBER}", MEMBER),
        ("https://linkedin.com/in/maya-okafor&trk=x", "maya-okafor"),
        ("linkedin.com/in/maya-okafor;jsessionid=1", "maya-okafor"),
        ("https://www.linkedin.com/in/maya-okafor%20(Personal)", "maya-okafor"),
        ("linkedin.com/in/\u200bmaya-okafor", "maya-okafor"),
        ("https://www.google.com/url?q=https://www.linkedin.com/in/maya-okafor&sa=D", "maya-okafor"),
        ("https://www.linkedin.com/authwall?to=https%3A%2F%2Fde.linkedin.com%2Fin%2Fmaya-okafor", "maya-okafor"),
        ("https://www.google.com/url?q=https://linkedin.com.evil.test/in/maya", None),
        ("https://notlinkedin.cn/in/maya-okafor", None),
        ("https://www.linkedin.com/sales/lead/ACwAAA,NAME_SEARCH", None),
        ("https://www.linkedin.com/company/acme", None),
        ("https://evil.test/in/maya-okafor", None),
        ("https://linkedin.com.evil.test/in/maya", None),
        ("javascript:alert(1)", None),
        ("LinkedIn", None),
        ("Profil", None),
        ("linkedin.com/in/linkedin", "linkedin"),
        ("ab", None),
        ("", None),
        ("a" * 101, None),
    ],
)
def test_a_profile_is_known_by_its_slug(typed: str, slug: str | None) -> None:
    assert linkedin_slug(typed) == slug


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+5215512345678", "+525512345678"),
        ("+23777123456", "+237677123456"),
        ("+23722123456", "+237222123456"),
        ("+24106123456", "+24166123456"),
        ("+2417123456", "+24177123456"),
        ("+2411123456", "+24111123456"),
        ("+59381234567", "+593981234567"),
        ("+39612345678", "+390612345678"),
        ("+84438251234", "+842438251234"),
        ("+84838251234", "+842838251234"),
        ("+84862912345", "+842862912345"),
        ("+5625551234", "+56225551234"),
        ("+5632212345", "+56322212345"),
        ("+5645456789", "+56452456789"),
        ("+520445512345678", "+525512345678"),
        ("+52015512345678", "+525512345678"),
        ("+2307123456", "+23057123456"),
        ("+99577123456", "+995577123456"),
        ("+99532123456", "+995322123456"),
        ("+9745123456", "+97455123456"),
        ("+9652412345", "+96522412345"),
        ("+9657123456", "+96597123456"),
        ("+9656123456", "+96566123456"),
        ("+21261123456", "+212661123456"),
        ("+21222123456", "+212522123456"),
        ("+5062123456", "+50622123456"),
        ("+5068123456", "+50688123456"),
        ("+3717123456", "+37167123456"),
        ("+3719123456", "+37129123456"),
        ("+56912345678", "+56912345678"),
        ("+14155550132", "+14155550132"),
    ],
)
def test_the_old_and_the_new_way_of_writing_a_number_have_one_key(old: str, new: str) -> None:
    assert phone_key(old) == phone_key(new) == new


@pytest.mark.parametrize(
    ("left", "mine", "refused", "shown"),
    [
        (None, False, False, Badge.UNCLAIMED),
        (timedelta(0), True, False, Badge.EXPIRED),
        (timedelta(microseconds=1), True, False, Badge.EXPIRING),
        (timedelta(days=30), True, False, Badge.EXPIRING),
        (timedelta(days=30, microseconds=1), True, False, Badge.MINE),
        (timedelta(days=1), False, False, Badge.OTHER),
        (timedelta(days=1), False, True, Badge.CONFLICT),
        (timedelta(days=-1), False, True, Badge.EXPIRED),
    ],
)
def test_the_badge_shows_every_state(left: timedelta | None, mine: bool, refused: bool, shown: Badge) -> None:
    ends = None if left is None else NOW + left
    assert badge(ends=ends, mine=mine, now=NOW, refused=refused) is shown


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=2), 2),
        (timedelta(days=1, seconds=1), 2),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_a_begun_day_counts_as_one(left: timedelta, days: int) -> None:
    assert days_remaining(NOW + left, NOW) == days


def test_protection_is_half_open() -> None:
    window = Protection.from_sourcing(NOW, 365)
    assert window.ends == datetime(2027, 11, 24, 9, 0, tzinfo=UTC)
    assert window.covers(window.ends - timedelta(microseconds=1))
    assert not window.covers(window.ends)


@pytest.mark.parametrize(
    ("one", "other", "furthest"),
    [
        (Engagement.SENT, Engagement.OPENED, Engagement.OPENED),
        (Engagement.REPLIED, Engagement.CLICKED, Engagement.REPLIED),
        (Engagement.UNSUBSCRIBED, Engagement.REPLIED, Engagement.UNSUBSCRIBED),
    ],
)
def test_the_furthest_engagement_counts(one: Engagement, other: Engagement, furthest: Engagement) -> None:
    assert further(one, other) is furthest


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(hours=1), "60 minutes"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(days=1), "24 hours"),
        (timedelta(days=4), "4 days"),
    ],
)
def test_a_wait_is_written_in_words(wait: timedelta, words: str) -> None:
    assert wait_in_words(wait) == words


def test_a_day_is_written_as_sentences_name_it() -> None:
    assert written(NOW) == "24 Nov 2026"


def test_a_merged_record_says_so_whoever_claimed_it() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert badge(ends=now + timedelta(days=9), mine=True, now=now, merged=True) is Badge.MERGED
