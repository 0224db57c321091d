"""Whether a file says in which encoding it is written, or the portal has to guess."""

from __future__ import annotations

import codecs

import pytest

from portal.domain.encodings import decode, read_again
from portal.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Vorname;E-Mail\nBärbel Größmann;b@mail.test\n", "cp1252"),
        ("name,email\nJosé Núñez,j@mail.test\n", "cp1252"),
        ("Имя;Почта\nИван Петров;i@mail.test\nОльга Смирнова;o@mail.test\n", "cp1251"),
        ("Имя;Почта\nИван Петров;i@mail.test\nОльга Смирнова;o@mail.test\n", "koi8_r"),
        ("氏名,メール\n山田太郎,t@mail.test\n佐藤花子,h@mail.test\n", "cp932"),
        ("姓名,邮箱\n王小明,w@mail.test\n李娜,l@mail.test\n", "gb18030"),
        ("이름,이메일\n김민준,k@mail.test\n이서연,l@mail.test\n", "cp949"),
        ("Όνομα;Email\nΜαρία Παπαδάκη;m@mail.test\nΓιώργος Νικολάου;g@mail.test\n", "cp1253"),
        ("Imię;Nazwisko;E-mail\nŁucja;Wiśniewska;l@mail.test\nPaweł;Żółć;p@mail.test\n", "cp1250"),
        ("Imię;E-mail\nŁukasz;l@mail.test\n", "cp1250"),
        ("Prénom;Nom;Courriel\nChloé;Dupré;c@mail.test\n", "mac_roman"),
        ("Name;Email\rChloé Dupré;c@mail.test\r", "mac_roman"),
        ("שם;דואר אלקטרוני;טלפון נייד\nנועה בן-דוד;n@mail.test;0501234567\n", "cp1255"),
        ("الاسم الكامل;البريد الإلكتروني\nمحمد عبد الله;m@mail.test\n", "cp1256"),
        ("ชื่อ,นามสกุล,อีเมล\nสมชาย,ใจดี,s@mail.test\n", "cp874"),
        ("Vārds;Uzvārds;E-pasts\nJānis;Bērziņš;j@mail.test\n", "cp1257"),
        ("Nome;Email\nJoão Conceição;j@mail.test\n", "cp1252"),
        ("氏名,フリガナ,メールアドレス\n山田　太郎,ヤマダ,t@mail.test\n", "cp932"),
        ("氏名,メール\n山田太郎,t@mail.test\n", "euc_jp"),
        ("姓名,電子郵件\n林志玲,l@mail.test\n", "big5"),
        ("Ad;E-posta\nŞahin İnönü;s@mail.test\nÇağla Yıldız;c@mail.test\n", "cp1254"),
    ],
)
def test_an_encoding_that_a_file_does_not_say_is_guessed_from_its_letters(text: str, encoding: str) -> None:
    read = decode(text.encode(encoding))
    assert (read.guess, read.text) == (encoding, text)


@pytest.mark.parametrize(
    "data",
    [
        "Bärbel;Łucja".encode(),
        codecs.BOM_UTF16_LE + "Łucja".encode("utf-16-le"),
        "Bärbel;Ādams\r\n".encode("utf-16-le"),
    ],
)
def test_what_a_mark_or_the_bytes_say_is_no_guess(data: bytes) -> None:
    read = decode(data)
    assert (read.guess, read.text[:5] in ("Bärbe", "Łucja")) == ("", True)


def test_bytes_that_only_look_like_utf_16_are_no_text() -> None:
    with pytest.raises(InvalidInput, match="can’t be read as text"):
        decode("Bärbel,".encode("utf-16-le") * 9 + b"\x00\xd8" + b"a\x00")  # half of a pair


def test_bytes_that_no_language_has_are_read_as_western() -> None:
    assert decode(b"x\x81y\x8dz\x90").guess == "cp1252"


def test_a_wrong_guess_is_corrected_without_the_file() -> None:
    assert read_again("Ji\u00f8\u00ed", guess="cp1252", encoding="cp1250") == "Jiří"
    for guess, encoding in (("cp1252", "cp932"), ("cp1252", "no such"), ("no such", "cp1250")):
        with pytest.raises(InvalidInput, match="isn’t in this encoding"):
            read_again("Jiø", guess=guess, encoding=encoding)


@pytest.mark.parametrize(("name", "encoding"), [("Ťažký", "cp1250"), ("ソニー", "cp932")])
def test_a_byte_that_the_guess_does_not_have_is_kept_for_the_right_one(name: str, encoding: str) -> None:
    read = decode(f"Name,Email\n{name},x@mail.test\n".encode(encoding))
    assert read.guess == "cp1252"
    assert name in read_again(read.text, guess=read.guess, encoding=encoding)
