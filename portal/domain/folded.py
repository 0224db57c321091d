"""A text in the form in which names and contact data are looked for, and where each character came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from portal.domain.names import fold, fold_character, normal

LETTER, ALNUM = r"[^\W\d_]", r"[^\W_]"
# Letters, marks and digits of scripts whose vowels are marks and no letters: Thaana, Indic, Thai, Lao, Tibetan,
# Burmese, Khmer, Balinese, Javanese. The signs that end their sentences are none of these.
MARKED = (
    "\u0780-\u07b1\u0900-\u0963\u0966-\u096f\u0971-\u0df3\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59"
    "\u0e81-\u0ed9\u0f40-\u0fbc\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17e0-\u17e9\u1b00-\u1b4c\ua980-\ua9c0"
)
# Letters of other alphabets that look the same, and signs of names that have two forms: 高橋 and 髙橋, 陳 and 陈.
_LETTERS = str.maketrans(
    "аеєҽорсухіјѕһԁкмтнвԛԝѵӏɡɑօոսհցαορνικτεη"
    + "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"
    + "ᗩᗷᑕᗪᗴᖴᘜᕼᒍᒪᗰᑎᑭᖇᔕᑌᐯᗯ"
    + "ꭺᏼꮯꭰꭼꮋꭻꮶꮮꮇꮲꮢꮪꭲꮩꮤꮓ"
    + "\u06cc\u0649\u06a9\u0629\u06c1\u06c3",
    "aeeeopcyxijshdkmthbqwvlgaonuhgaopvikten"
    + "abcdefghijklmnoprstuvwxyz"
    + "abcdefghjlmnprsuvw"
    + "abcdehjklmprstvwz"
    + "\u064a\u064a\u0643\u0647\u0647\u0647",  # Arabic letters that another keyboard writes otherwise: علی and علي
)
_SIGNS = str.maketrans(
    "髙﨑濵濱滨邉邊边齋斎齊齐澤泽廣广嶋嶌岛櫻樱國眞德惠榮荣學壽龍龙邨槇渕瀨藏"
    "陈张刘黄杨赵吴孙马许郑谢邓冯蒋叶苏卢吕贾钟韩罗萧阎钱顾鲁伟丽华强军杰刚鹏静宝贞兰凤红云飞庆贤礼晓颖莹梦玮亚东",
    "高崎浜浜浜辺辺辺斉斉斉斉沢沢広広島島島桜桜国真徳恵栄栄学寿竜竜村槙淵瀬蔵"
    "陳張劉黃楊趙吳孫馬許鄭謝鄧馮蔣葉蘇盧呂賈鍾韓羅蕭閻錢顧魯偉麗華強軍傑剛鵬靜寶貞蘭鳳紅雲飛慶賢禮曉穎瑩夢瑋亞東",
)
LOOKALIKES = _LETTERS | _SIGNS
_FORMS = {same: [chr(sign) for sign, to in _SIGNS.items() if to == same] for same in _SIGNS.values()}
_IN_ANY_CASE = _LETTERS | {ord(chr(a).upper()): b.upper() for a, b in ((a, chr(b)) for a, b in _LETTERS.items())}
# What programs make of a letter: `&uuml;` in a web page, `%C3%BC` in an address, `=C3=BC` in an email, `\u00fc` in
# JSON, `\"u` in TeX, `Ã¼` of UTF-8 that was taken for another encoding. In capitals Ä and Å may also be themselves,
# before a joint.
_ENTITY = r"&(?:#\d{1,7}|#x[\da-fA-F]{1,6}|[a-zA-Z]{2,8});"
_HEX = "[0-9A-Fa-f]{2}"
_TEX = r"\{?\\[\"'`^~=.]\s?\{?[A-Za-z]\}{0,2}"
_ESCAPED = rf"(?:%{_HEX})+|(?:=[0-9A-F]{{2}}){{2,}}|\\u{_HEX}{_HEX}|{_TEX}"
_ACCENTS = dict(zip("\"'`^~=.", "\u0308\u0301\u0300\u0302\u0303\u0304\u0307", strict=True))
_REST = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"  # of a letter in UTF-8, as Windows-1252 shows it
_WRITTEN_OUT = re.compile(
    rf"{_ENTITY}|{_ESCAPED}|Ã{_REST}|Â[\u00a0-\u00bf]|[ÄÅ]{_REST}(?=[a-z])|(?<=[a-z])[ÄÅ]{_REST}|á[º»]{_REST}|â€{_REST}"
)
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u3000-\ufffd]")
_WORD, _LATIN, _OTHER = re.compile(r"\S+"), re.compile("[A-Za-z]"), re.compile(r"[^\W\d_A-Za-z]")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, and what is read in its place."""

    start: int
    end: int
    instead: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared, and where each of its characters came from; `cased` is as long as `lower`."""

    cased: str
    lower: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    source: str

    def span(self, start: int, end: int, instead: str) -> Span:
        """Return the part of the source behind a part of the folded text, with the accents that belong to it."""
        last = self.ends[end - 1]
        while last < len(self.source) and not fold_character(self.source[last]):
            last += 1
        return Span(self.starts[start], last, instead)


@lru_cache(maxsize=16)  # names and contact data are looked for in the same text
def folded(text: str, fold_one: Callable[[str], str] = fold_character) -> Folded:
    found = [(c, start, end) for written, start, end in _characters(text) for c in fold_one(written)]
    cased = "".join(c for c, _, _ in found)
    lower = "".join(low if len(low := c.lower()) == 1 else c for c in cased).translate(LOOKALIKES)
    return Folded(cased, lower, tuple(start for _, start, _ in found), tuple(end for _, _, end in found), text)


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each character, where it begins and where it ends; one that a program wrote out in several is one."""
    at = 0
    for found in _WRITTEN_OUT.finditer(text):
        meant = _meant(found[0])
        if meant:
            yield from ((c, n, n + 1) for n, c in enumerate(text[at : found.start()], at))
            yield from ((c, *found.span()) for c in meant)
            at = found.end()
    yield from ((c, n, n + 1) for n, c in enumerate(text[at:], at))


def _meant(written: str) -> str:
    """Return the character that several stand for; nothing when they stand for themselves."""
    if written.startswith("&"):
        read = unescape(written)
        return "" if read == written else read
    if written[0] in "%=":
        return bytes.fromhex(re.sub("[%=]", "", written)).decode(errors="ignore")
    if "\\" in written:
        signs = re.sub(r"[{}\s]", "", written)
        return chr(int(signs[2:], 16)) if signs[1] == "u" else normal(signs[-1] + _ACCENTS[signs[1]])
    return b"".join(_byte(c) for c in written).decode()


def _byte(character: str) -> bytes:
    return character.encode("latin-1" if character <= "\u00ff" else "cp1252")


def otherwise(text: str) -> tuple[str, ...]:
    """Return how the database may have a text of another script that it does not fold: without points and drawn-out
    lines, with either sigma, and with the other forms of its signs.
    """
    if not _OTHER_SCRIPT.search(text):
        return ()
    plain = normal(fold(text))
    found = dict.fromkeys((plain, plain.replace("ς", "σ"), *_sign_forms(text)))
    return tuple(way for way in found if way != text and (way != text.lower() or "ς" in way))


def _sign_forms(text: str) -> Iterator[str]:
    """Yield a text of Chinese or Japanese signs with each of their forms: 渡辺, 渡邉 and 渡邊."""
    same = text.translate(_SIGNS)
    yield same
    for at in range(max((len(_FORMS.get(ord(sign), ())) for sign in same), default=0)):
        yield "".join(forms[min(at, len(forms) - 1)] if (forms := _FORMS.get(ord(sign))) else sign for sign in same)


def unmixed(cased: str) -> str:
    """Return a folded text whose words of two alphabets are of one: the letters that look the same become Latin."""
    return cased if cased.isascii() else _WORD.sub(_unmixed, cased)


def _unmixed(found: re.Match[str]) -> str:
    word = found[0]
    return word.translate(_IN_ANY_CASE) if _LATIN.search(word) and _OTHER.search(word) else word
