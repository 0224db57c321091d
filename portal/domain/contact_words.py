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
    access mid post pre""".split()
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
    """asp.net ado.net deck.gl vb.net ml.net socket.io draw.io paper.io fast.ai h2o.ai c3.ai fly.io java.io java.net
    javax.net spark.ml asyncio.run np.dot array.map b.sc m.sc b.tech m.tech k8s.io helm.sh dev.to""".split()
)
FILES = "pdf docx? odt rtf txt pages pptx? xlsx? ods csv zip rar 7z jpe?g png heic gif tiff? vcf eml msg".split()
HANDLE_WORDS = """id handle name username user account profile profil nick nickname number konto kanal benutzername
pseudo cuenta compte usuario utente""".split()
# What a handle alone is called, so that nothing else needs to be said: `Benutzername kodeking`.
HANDLE_CALLED = """user_?name screen_name nickname benutzername nutzername nom_d['’]utilisateur nombre_de_usuario
nome_(?:de_)?(?:utente|usuario) gebruikersnaam anvandarnamn brugernavn brukernavn nazwa_uzytkownika
uzivatelske_jmeno kullanici_adi никнейм имя_пользователя""".split()
# Likewise with a colon, because they are words.
HANDLE_CALLED_WITH_COLON = (
    "pseudo pseudonym pseudonyme identifiant usuario utente login nick spitzname ник логин".split()
)
# How a reader is told to look for somebody. Of other languages only what is said to a reader: whoever "busca" or
# "sucht" in a pitch is the candidate.
LOOK_UP = (
    r"find look\sup look\sfor lookup search search\sfor type enter query ask\sfor check check\sout see visit".split()
)
LOOK_UP_ELSEWHERE = r"""suchen\ssie(?:\snach)? suche?\snach such\smal(?:\snach)? googeln\ssie googelt (?:re)?cherchez
googlez tapez busque busquen buscad googlea googlee teclee procurem?\spor pesquisem? cercate googlate digitate
zoek(?:\snaar|\sop) googel wyszukaj poszukaj szukaj wygoogluj найдите ищите поищите погуглите загуглите""".split()
LOOKED_UP_BEHIND = r"(?:で|を|と)?\s?検索 (?:을|를|로)?\s?검색".split(" ")
LOOKED_UP_BEFORE = "搜索 搜一下 百度 检索".split()
# Behind which the owner of one stands in brackets: `ihr Werkzeug (kodeking/toolbox)`.
PROGRAMS = """tool werkzeug bibliothek paket outil bibliotheque paquet herramienta biblioteca paquete ferramenta pacote
strumento libreria pacchetto gereedschap bibliotheek pakket narzedzie biblioteka pakiet repo repository plugin library
package ツール ライブラリ 工具 도구 библиотека инструмент""".split()
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
# The same in other languages, without accents: small words, what somebody is on a network, and who one is there.
PROSE_ELSEWHERE = frozenset(
    """auch noch sehr nicht nur schon seit taglich selten vor wie unter auf zu man es wo aktiv bekannt sichtbar prasent
    erreichbar vertreten unterwegs registriert gefunden folgen gut ihre ihr ihren sein seine dem den entwickler
    entwicklerin berater beraterin teamleiter teamleiterin ingenieur ingenieurin betreuer betreuerin fotograf
    fotografin autor autorin aussi tres pas encore souvent toujours ou qui que pour dans sur un une plus bien actif
    active present presente visible connu connue joignable disponible inscrit inscrite suivi suivie developpeur
    developpeuse ingenieur ingenieure photographe auteur autrice mainteneur tambien muy no aun todavia siempre para
    por mas bien el los las del que activo activa presente visible conocido conocida localizable disponible
    registrado registrada consultor consultora desarrollador desarrolladora ingeniero ingeniera fotografo autora
    anche molto non ancora sempre per piu il lo gli di che attivo attiva noto nota visibile reperibile disponibile
    sviluppatore sviluppatrice ingegnere consulente fotografa autore ook zeer niet nog altijd voor meer een het van
    actief aanwezig bekend zichtbaar bereikbaar ontwikkelaar adviseur fotograaf auteur tambem muito nao ainda sempre
    mais bem ativo ativa conhecido conhecida visivel disponivel desenvolvedor desenvolvedora engenheiro engenheira
    tez bardzo nie jeszcze zawsze dla wiecej jest aktywny aktywna obecny obecna znany znana widoczny widoczna
    dostepny dostepna programista programistka inzynier autorka doradca ocksa mycket inte annu alltid mer och av
    synlig kand kendt tilgaengelig utvecklare udvikler konsult konsulent ingenjor fotograf et ou e y i a och og
    oraz""".split()
)
# Words, terms of the trade and names of programs that zxcvbn's lists of English words do not have.
TERMS = frozenset(
    """actix airbyte airflow aks alembic anew ansible antivirus apache apigee append argocd artifactory arxiv async
    asyncapi asyncio authentik avro await aws axum azure backfill backlog bazel bevy bigquery bitbucket
    blockchain buildkite bun byte caddy catboost centos ceph chatbot chatops cicd cilium circleci clawback cli
    clickhouse clojure cmake cockroachdb codebase codebases codeberg codeql codespaces config configs confluence
    crm cron csrf css cypress dagster dask databricks datadog dbt delimiter deno dependabot devex devops devrel
    django dlang docker docstring dotnet duckdb dynamodb ecs edit eks elastic elasticsearch emit emr emscripten
    enum epoll erlang erp esbuild eslint etcd etl eval failover faiss falsy fastapi ffmpeg fintech fivetran
    flink fluentbit fluentd flutter flux fosdem frontend fullstack gaps gcc gcp gensim gke golang gradio gradle
    grafana graphql grep grpc gstreamer gunicorn gzip hackathon hackathons hadoop haproxy hashicorp hashtag
    hashtags hbase helm heroku histogram hive html http https httpx hudi hyperv iac icinga idempotent idle inbox
    infra init invoicing istio jenkins jest jetbrains jira jquery json junit kafka keras keycloak keyset kinesis
    kotlin ktor kubecon kubectl kubeflow kubernetes kvm lambda langchain laravel ldap lerna libvirt lightgbm
    lint linters linux lisp livestream llamaindex llm llms llvm logs looker lua macos magento malformed mariadb
    matillion matplotlib memcached metabase metaverse micronaut microservice middleware milvus minikube minio
    mkdocs mlflow mlops modin mongodb mononym monorepo monorepos mozilla mssql mypy mysql nagios neo4j neovim
    nestjs netlify nets newline newsletter nextjs nginx nim nixos nltk nodejs numpy nuxt nuxtjs nx oauth ocaml
    odata oidc okta onboarding openapi opencv openresty openshift opensource openstack opentelemetry oss otel
    outbox pandas parquet partman payee paywall pgbouncer pgvector playbook playwright pnpm podcast podcasts
    pods postgres postgresql powershell preact prettier protobuf proxmox psql pthread pubsub pulumi pyarrow
    pycon pydantic pygame pypi pyspark pytest python pytorch qdrant qemu quarkus rabbitmq rasterio react
    redaction redis redux regex repo repos retry rollback rollbacks rollout rollouts rollup rspack rubygems
    runbook runbooks rust rustc saas sagemaker saltstack saml sanitizer sas savepoint sbt scala scikit scim
    scipy scrum sdet seo serde serialise serializer serverless shopify skew slug smtp snowflake sns snyk soc
    sonarqube spacy spark spec specs splunk spotify spss sql sqlalchemy sqlite sqlx sqs sre sso startup startups
    stata storybook streamlit stylesheet subreddit sums superset suse svelte swap swift swiftui symfony sympy
    sync tableau tags tailwind tauri teamcity tekton tensorflow terraform terragrunt textarea timeline tmux todo
    tooltip traceback traefik trigram trino trivy truncate turborepo typescript uat ui unix utils uwsgi ux
    validator valkey venv vercel verifies verify vertx vim vite vlog vue vuejs wasm wasmtime weaviate webapp
    webgpu webhook webhooks webinar webinars webpack websocket websockets weren wgpu wordpress workflow
    workflows wsgi xamarin xarray xcode xen xgboost yaml yarn yml yolo zabbix zendesk zig zipkin zsh""".split()
)
NUMBER_WORDS = """phone tel telephone telefon mobile mobil handy cell call ring text sms fax number nr whatsapp
signal viber wechat telegram line qq icq""".split()
# Digits as they are spoken, without accents, in sixteen languages; French numbers are also told in pairs.
SPOKEN_DIGITS = frozenset(
    """zero oh nought one two three four five six seven eight nine
    null eins ein zwo zwei drei vier funf fuenf sechs sieben acht neun
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante
    soixante cero uno dos tres cuatro cinco seis siete ocho nueve due tre quattro cinque sette otto nove
    dois quatro sete oito meia nul een twee drie vijf zes zeven negen
    jeden dwa trzy cztery piec szesc siedem osiem dziewiec noll ett tva fyra fire fem seks sex sju syv otte atta nio
    sifir bir iki uc dort bes alti yedi sekiz dokuz un um sei atte ni
    nula jedna dva dve tri ctyri pet sest sedm osm devet nolla yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan
    yhdeksan nulla egy ketto harom negy ot hat het nyolc kilenc unu doi trei patru cinci sase sapte opt noua
    ноль нуль один два три четыре пять шесть семь восемь девять
    μηδεν ενα δυο τρια τεσσερα πεντε εξι επτα εφτα οκτω οχτω εννεα εννια""".split()
)
SPOKEN_TENS = frozenset(
    """ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety""".split()
)
SPOKEN_ZEROS = frozenset("zero oh nought null cero nul noll sifir nula nulla nolla ноль нуль μηδεν".split())
SPOKEN_TIMES = frozenset("double triple doppel".split())  # what says the next digit again
# Parts of names that say nothing alone.
PARTICLES = frozenset(
    """al ap ben bin bint da dal dalla das de degli dei del della den der des di do dos du e el het ibn la las le les
    lo los mac mc op san santa st ste ten ter te the tot und van vande vanden vander von vom y zu zum zur""".split()
)
# Names that are also small words of the languages in which pitches are written: struck unless they stand in lower case
# and apart from the rest of the name.
FUNCTION_WORDS = PARTICLES | frozenset(
    """ad ah am an as at be by do ex go he hi if in is it me my no of oh ok on or so to up us we
    can even ever just long may max min per said will""".split()
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
