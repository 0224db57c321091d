"""Messengers, networks, registries and mail hosts: how they are called, in full and for short, and in other scripts.

An underscore in a name stands for nothing, a blank or a hyphen (`git-hub`); in a plain name of six letters or more
signs may stand for letters (`te1egram`).
"""

from __future__ import annotations

from collections.abc import Iterable

MESSENGERS = """telegram whatsapp skype we_chat weixin threema discord kakao(?:talk)? viber what['’]?s_app
snapchat icq zalo tg vx wx i_message face_time nostr farcaster""".split()
SOCIAL = "twitter instagram insta ig facebook fb mastodon bluesky bsky tiktok vk".split()
MAIL_HOSTS = "g_mail googlemail hotmail icloud protonmail gmx".split()
# Before them stands a handle or what is done there: an engineer works at Yahoo.
MAIL_HOSTS_LIKE_WORDS = """aol fastmail outlook proton tuta tutanota yahoo yandex zoho posteo hey mailbox web_de
mail_ru rambler naver daum libero orange wanadoo laposte free seznam onet interia wp ukr_net""".split()
# What is called like nothing else, so that a colon behind it announces a handle.
OTHERS = """git_hub gitlab bitbucket xing linkedin linked_in(?=\\s*[:=]) lnkd gh behance dribbble stack_overflow
hugging_face codeberg source_hut sr\\.ht keybase linktree gravatar fosstodon hachyderm research_?gate upwork fiverr
codepen codewars ding_talk google_chat mattermost kik""".split()
NETWORKS = [*MESSENGERS, *SOCIAL, *OTHERS]
# Only with a capital, because they are words; and only beside what is no word, because they are read for other things.
LIKE_WORDS = """signal line medium kaggle matrix youtube x qq zoom slack teams leetcode hackerrank
codeforces reddit twitch threads substack patreon""".split()
# Where programs lie and people talk about them: `npm: fast installs` is none of a person.
REGISTRIES = """npm(?:js(?:\\.com)?)? pypi(?:\\.org)? crates\\.io docker_hub rubygems packagist nuget hackage cran
open_vsx dev\\.to hashnode codesandbox replit stack_exchange exercism topcoder devpost product_hunt hacker_news
lobste\\.?rs irc libera(?:\\.chat)? orcid google_scholar calendly polywork wellfound angel_list freelancer\\.com
toptal steam psn gitea
(?:li|malt|scholar|gulp|comet|codementor|messenger|element|wire|session|(?:e[\\s\\-]?)?mail)(?=\\s?[:=])""".split()
# In capitals, as they are written for short: `LI: kodeking`, `L.I.: kodeking`.
FOR_SHORT = "LI LIn LNKD HF HN YT WA SO SE GL DH PH [LGHYWS]\\.[IHFNTAOL]\\.(?=\\s?[:=])".split()
# In scripts that put no blank around a word.
UNSPACED = """微信号 微信 加微 飞书 钉钉 领英 領英 推特 ライン ギットハブ リンクトイン テレグラム ツイッター インスタ
카카오톡 카톡 텔레그램 위챗 라인 깃허브 링크드인 인스타(?:그램)?""".split()
# In other scripts, with the endings of cases.
ELSEWHERE = """тг телег[аеу] телеграм{1,2}\\w{0,2} гитхаб\\w{0,2} линкед[иы]н\\w{0,2} скайп\\w?
инстаграм{1,2}\\w{0,2} ватсап\\w? вотсап\\w? фейсбук\\w? вконтакте хабр\\w? ה?תלגרם ה?וואטסאפ ה?גיטהאב ה?לינקדאין
واتساب واتس\\s?اب تيليجرام تلغرام تليجرام لينكد\\s?إن جيت\\s?هاب""".split()
_SIGNS = {"a": "[a4@]", "e": "[e3]", "i": "[i1!l]", "l": "[l1!i]", "o": "[o0]", "s": "[s5$]", "t": "[t7]"}
_SIGNED = 6  # letters of a name in which some may be signs


def either(names: Iterable[str]) -> str:
    """Return the pattern of any of some names, with signs for letters."""
    return "|".join(_written(name) for name in names)


def _written(name: str) -> str:
    if name.replace("_", "").isalpha() and len(name) >= _SIGNED:
        name = "".join(_SIGNS.get(letter, letter) for letter in name)
    return name.replace("_", r"[\s\-]?")
