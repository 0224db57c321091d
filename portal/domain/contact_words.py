"""Words by which contact data are recognised in a text that people write."""

from __future__ import annotations

# Endings with which a host is read aloud wherever it stands; one with another ending ends its clause.
TOLD_ENDINGS = frozenset(
    "com org io dev ai app de eu ch uk fr nl pl cz dk fi hu pt ru ua jp cn br mx info biz xyz".split()
)
ROMANCE_ENDINGS = frozenset(
    "com net org info io eu fr pt br mx ar cl pe".split()
)  # after a word that is also one of time
# What stands before a dot, point or Punkt that is none of a host: `at this point`, `the dot com boom`, `red dot`.
BEFORE_A_DOT = frozenset(
    """the a an each every this that these one any some another no first last final full black white red green blue
    yellow pink polka quantum laser micro single my your our of to and or with in on at from by via per dot
    der die das den dem des ein eine einen einem einer jeder jedem jeden dieser diesem diesen
    un una el este ese cada primer le ce chaque du au um o do
    data end check power share proof touch view key focal starting entry pain price decimal floating selling turning
    access mid""".split()
)
# Files of programs and texts whose ending is a country's or a new one, and what they are called.
FILE_ENDINGS = frozenset("sh rs py md pl ps mk so tf zip mov".split())
FILE_STEMS = frozenset(
    """readme changelog contributing license licence security authors roadmap architecture guide faq notes todo index
    main lib mod setup install deploy build run start stop test tests init entrypoint bootstrap configure config script
    scripts backup migrate manage conftest app server client util utils helper helpers common example examples docs
    spec env variables outputs providers release publish update check lint format clean""".split()
)
# Names of technologies, and degrees, that are written like hosts.
TECHNOLOGIES = frozenset(
    """asp.net ado.net vb.net ml.net socket.io draw.io paper.io fast.ai h2o.ai c3.ai fly.io java.io java.net javax.net
    spark.ml asyncio.run np.dot array.map b.sc m.sc b.tech m.tech k8s.io helm.sh dev.to""".split()
)
FILES = "pdf docx? odt rtf txt pages pptx? xlsx? ods csv zip rar 7z jpe?g png heic gif tiff? vcf eml msg".split()
# What announces a handle or a number, with a colon or a word like "handle" behind it.
MESSENGERS = """telegram whatsapp skype we-?chat weixin threema discord kakao(?:talk)? viber what['’]?s[\\s\\-]?app
snapchat icq zalo tg vx wx""".split()
SOCIAL = "twitter instagram insta ig facebook fb mastodon bluesky tiktok vk".split()
NETWORKS = [
    *MESSENGERS,
    *SOCIAL,
    *"git[\\s\\-]?hub gitlab bitbucket xing linkedin gh behance dribbble stackoverflow".split(),
]
MAIL_HOSTS = "g[\\s\\-]?mail googlemail hotmail icloud protonmail gmx".split()
# In scripts that put no blank around a word: what follows in Latin signs is the handle.
NETWORKS_UNSPACED = "微信号 微信 加微 飞书 钉钉 ライン 카카오톡 카톡 텔레그램 위챗 라인".split()
NETWORKS_LIKE_WORDS = """signal line medium kaggle matrix youtube x qq zoom slack teams leetcode hackerrank
codeforces reddit twitch threads substack""".split()
HANDLE_WORDS = "id handle name username user account profile nick nickname number".split()
# With what a sentence goes on behind a network: no handles. What is done there, as what, and how it is.
PROSE = frozenset(
    """a an the and or but nor if so as at by in on of off for from to into onto with without since until till
    when while where who whose which that this these those there here it its she he they we you i my her
    his our your their own one two three first last next any all both each every some many most more much
    few no not none only just also even still yet too very well soon always never often now then is are
    was were be been being has have had do does did can could will would shall should may might must via
    per about after before during over under up down out account accounts action actions ads advertising
    advocate agent agents analytics app apps api apis attached author automation available admin
    administrator ambassador analyst architect assistant backend based below blogger bot bots business
    button campaign campaigns channel channels chat chats clone coach code community company complete
    connection connections consultant content contractor contributor contributions core copilot creator
    customer data designer desktop developer director editor employee engineer engineering enterprise
    evangelist expert feed field fields file files flow flows follower followers form founder freelancer
    frontend full group groups handle handles id ids influencer integration integrations intern issues
    job jobs junior lead leader learning link live maintainer manager marketing mascot member mentor
    message messages messaging mini mobile moderator name network organizer owner page pages part
    password pay payments person photographer platform plugin post posts presence premium principal
    private pro product profile profiles project projects public pull recruiter repo repos repositories
    repository request requests required review reviewer sales schema sdk search senior server servers
    shop software speaker sponsor staff star stars stories streamer student studio support talent team
    teams tester tool tools top trainee user users video videos visible web webhook webhooks widget
    widgets work workflow workflows workspace writer active big clean current empty excellent fine good
    great impressive included inactive large missing modest new nice old outdated popular provided quiet
    readable rich short small solid strong early tidy unused updated useful ein eine einen einer der die
    das und oder seit mit ist sind als von zu im vorhanden aktiv bekannt un une le la les des et depuis
    avec con desde y anytime beforehand instead online directly asap please thanks""".split()
)
# Words, terms of the trade and names of programs that zxcvbn's lists of English words do not have.
TERMS = frozenset(
    """airflow anew ansible antivirus apache append asyncio aws azure backfill backlog bitbucket blockchain byte chatbot
    chatops cicd circleci clawback cli clickhouse codebase codebases codespaces config configs confluence crm cron css
    databricks datadog dbt delimiter dependabot devex devops devrel django docker docstring edit elastic elasticsearch
    emit enum erp etl eval failover falsy fastapi fintech flink flutter frontend fullstack gaps gcp golang grafana
    graphql grep grpc gunicorn gzip hackathon hackathons hadoop hashtag hashtags helm heroku histogram html http https
    httpx iac idempotent idle inbox infra init istio jenkins jest jira json kafka keras keyset kotlin kubernetes
    lambda laravel lint linters linux livestream llm llms logs looker macos malformed metaverse microservice
    middleware mlops mongodb mononym monorepo monorepos mypy mysql nets newline newsletter nextjs nginx nodejs numpy
    oauth okta onboarding openapi opensource oss outbox pandas payee paywall pgbouncer playbook podcast podcasts pods
    postgres postgresql powershell psql pubsub pulumi pydantic pyspark pytest python pytorch rabbitmq react redaction
    redis redux regex repo repos retry rollback rollbacks rollout rollouts runbook runbooks rust saas saml savepoint
    scala scikit scrum sdet seo serialise serializer serverless shopify skew slug smtp snowflake soc spark spec specs
    spotify sql sqlalchemy sre sso startup startups stylesheet subreddit sums svelte swap swift swiftui sync tableau
    tags tailwind tensorflow terraform textarea timeline todo tooltip traceback trigram truncate typescript uat ui
    unix utils ux validator venv verifies verify vlog vuejs webapp webhook webhooks webinar webinars webpack websocket
    websockets weren wordpress workflow workflows wsgi xcode yaml yml zendesk zsh""".split()
)
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
SPOKEN_TENS = frozenset(
    """ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety""".split()
)
SPOKEN_ZEROS = frozenset("zero oh nought null cero nul noll sifir".split())
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
