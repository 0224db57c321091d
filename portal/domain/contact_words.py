"""Words by which contact data are recognised in a text that people write."""

from __future__ import annotations

# Endings of hosts that people write without a scheme: the common ones, and those of countries.
_COMMON = """com org net edu gov info biz name pro io ai app dev tech page site online website space blog cloud codes
digital email expert design studio works work world team link live life media agency company consulting engineer
engineering software solutions systems network xyz club store shop social zone one top me tv vip wiki academy art
bio cafe care center chat city dance earth eco events fun group guru help host house ink jobs land lol love ltd
marketing money news ninja nyc berlin hamburg koeln wien london paris amsterdam photo photography photos pics place
plus press pub run school science services show tips today tools town training ventures video vision fyi gmbh inc
llc mobi asia cat coop museum rocks reviews build cool directory family foundation gallery global graphics
international management partners support technology university""".split()
_COUNTRIES = """ac ad ae af ag al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz
ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga
gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in iq ir is it je jm jo jp ke kg kh
ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my
mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw qa re ro ru rw sa sb sc sd se sg si
sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg
vi vn vu wf ws ye yt za zm zw""".split()
HOST_ENDINGS = frozenset([*_COMMON, *_COUNTRIES, "test", "example", "invalid", "localhost"])
# Names of technologies that are written like hosts.
TECHNOLOGIES = frozenset({"asp.net", "ado.net", "vb.net", "ml.net", "socket.io", "draw.io", "paper.io", "fast.ai"})
FILES = "pdf docx? odt rtf txt pages pptx? xlsx? ods csv zip rar 7z jpe?g png heic gif tiff? vcf eml msg".split()
# What announces a handle or a number, with a colon or a word like "handle" behind it.
NETWORKS = """telegram skype wechat weixin threema discord kakao kakaotalk viber whatsapp github gitlab bitbucket
twitter instagram insta xing linkedin facebook mastodon bluesky icq
gh snapchat tiktok behance dribbble stackoverflow ig tg vk vx wx""".split()
MAIL_HOSTS = "gmail googlemail hotmail icloud protonmail gmx".split()
# In scripts that put no blank around a word: what follows in Latin signs is the handle.
NETWORKS_UNSPACED = "微信号 微信 加微 飞书 钉钉 ライン 카카오톡 카톡 텔레그램 위챗 라인".split()
NETWORKS_LIKE_WORDS = "signal line medium kaggle matrix youtube x qq zoom slack teams".split()
HANDLE_WORDS = "id handle name username user account profile nick nickname number".split()
NUMBER_WORDS = """phone tel telephone telefon mobile mobil handy cell call ring text sms fax number nr whatsapp
signal viber wechat telegram line qq icq""".split()
# Digits as they are spoken, without accents, in ten languages, but none that are small words of English; French numbers
# are told in pairs.
SPOKEN_DIGITS = frozenset(
    """zero oh nought one two three four five six seven eight nine
    null eins ein zwo zwei drei vier funf fuenf sechs sieben acht neun
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante
    soixante cero uno dos tres cuatro cinco seis siete ocho nueve due tre quattro cinque sette otto nove
    dois quatro sete oito meia nul een twee drie vijf zes zeven negen
    jeden dwa trzy cztery piec szesc siedem osiem dziewiec noll ett tva fyra fire fem seks sex sju syv otte atta nio
    sifir bir iki uc dort alti yedi sekiz dokuz""".split()
)
SPOKEN_TIMES = frozenset("double triple doppel".split())  # what says the next digit again
# Parts of names that say nothing alone.
PARTICLES = frozenset(
    """al ap ben bin bint da dal dalla das de degli dei del della den der des di do dos du e el het ibn la las le les
    lo los mac mc op san santa st ste ten ter te the tot und van vande vanden vander von vom y zu zum zur""".split()
)
# Short names that are also words of the languages in which pitches are written: struck unless in lower case.
FUNCTION_WORDS = PARTICLES | frozenset(
    "ad ah am an as at be by do ex go he hi if in is it me my no of oh ok on or so to up us we".split()
)
# How East Asian languages address a person by the family name alone.
HONORIFICS = """先生 女士 小姐 太太 老师 老師 总 總 经理 經理 博士 同学 同學 さん 様 さま 氏 君 くん ちゃん
씨 님 군 양 선생 대리 과장 부장""".split()
# Families of Korea in Latin letters, which say that the other names are Korean, too.
KOREAN_FAMILIES = frozenset(
    """ahn bae baek chang cho choe choi chun chung gang gim hong huh hur hwang hyun jang jeon jeong jo jun jung kang kim
    koo kwon lee lim min moon noh oh paik pak park rhee ryu seo shim shin sim sohn son song suh woo yang yeo yi yoo yoon
    yun""".split()
)
# Words with digits for letters that are no names.
NUMERONYMS = frozenset("a11y c14n e2ee i18n k8s l10n m17n o11y p13n 5am".split())
