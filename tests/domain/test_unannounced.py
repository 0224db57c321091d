"""What nothing announces is a handle where it is no word of English; ordinary sentences of pitches stay whole."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest

from portal.domain.disclosure import HIDDEN, Identity, before_acceptance, label, pieces
from portal.domain.plain_words import is_english, is_word

ID = uuid.UUID("0193a0f0-0000-7000-8000-00000000abcd")
LENA = Identity("Lena Brandt", label("Lena Brandt", ID))


@pytest.mark.parametrize(
    ("text", "seen"),  # H is what is hidden
    [
        ("add telegram kodeking please", "add telegram H please"),
        ("kodeking (Telegram), Kodeking (WhatsApp)", "H (Telegram), H (WhatsApp)"),
        ("or whatsapp kodeking", "or whatsapp H"),
        ("tquorn on gmail, tquorn at Outlook", "H on gmail, H at Outlook"),
        ("GitHub/kodeking, LinkedIn → kodeking, kodeking - Skype", "GitHub/H, LinkedIn → H, H - Skype"),
        ("Telegram: kode king, thanks", "Telegram: H, thanks"),
        ("She's kodeking on GitHub", "She's H on GitHub"),
        ("ping kodeking via telegram or text kodeking on signal", "ping H via telegram or text H on signal"),
        ("Look me up as kodeking; google kodeking; a.k.a. kodeking", "Look me up as H; google H; a.k.a. H"),
        ("The nick is kodeking. Her site is kodeking", "The nick is H. Her site is H"),
        ("kodeking is the Telegram handle", "H is the Telegram handle"),
        ("Her handle on WhatsApp: it is short, it is kodeking", "Her handle on WhatsApp: it is short, it is H"),
        ("te1egram kodeking, wh4tsapp kodeking, What'sApp kodeking", "te1egram H, wh4tsapp H, What'sApp H"),
        ("linkedin.com in kodeking, in slash kodeking on LinkedIn", "H in H, in slash H on LinkedIn"),
        ("t.me kodeking, t/me/kodeking", "H H, H"),
        ("insta kodeking, X: kodeking, slack kodeking", "insta H, X: H, slack H"),
        ("Reachable under kodeking dev, or kodeking, io", "Reachable under H dev, or H, io"),
        ("kodeking (at) gmail, kodeking at-sign gmail, kodekingATgmailDOTcom", "H, H, H"),
        ("(LinkedIn kodeking). gh kodeking; kodeking on Xing", "(LinkedIn H). gh H; H on Xing"),
        ("kodeking @gmail, kodeking@ gmail com, website: kodeking", "H, H com, website: H"),
        ("plus four nine 171 392", "plus H"),
        ("k.o.d.e.k.i.n.g or k o d e k i n g", "H or H"),
        (
            "k\u043edeking@gm\u0430il.com, t\u0435legr\u0430m: kodeking, kodeking.\u0441\u043em",
            "H, t\u0435legr\u0430m: H, H",
        ),
        ("zero171 39two 0008 or 0171-three9two-0008", "H or H"),
        # places for programs, and who owns what there
        ("kodeking/toolbox on GitHub, and see kodeking/toolbox", "H on GitHub, and see H"),
        (
            "Wrote the kodeking/toolbox repo; git clone kodeking/toolbox; star kodeking:toolbox",
            "Wrote the H repo; git clone H; star H",
        ),
        ("kodeking on npm", "H on npm"),
        (
            "Packages: kodeking on PyPI, kodeking on crates.io, kodeking (Docker Hub)",
            "Packages: H on PyPI, H on H, H (Docker Hub)",
        ),
        (
            "pip install kodeking, docker pull kodeking/toolbox, npm i @kodeking/x",
            "pip install H, docker pull H, npm i H/x",
        ),
        ("Hugging Face: kodeking; toolbox (by kodeking) on Codeberg", "Hugging Face: H; toolbox (by H) on Codeberg"),
        # for short, and with other words between
        ("LI: kodeking", "LI: H"),
        ("HN: kodeking / YT - kodeking / li: kodeking / LNKD kodeking", "HN: H / YT - H / li: H / LNKD H"),
        ("L.I.: kodeking. G.H.: kodeking. Malt: kodeking. Scholar: kodeking", "L.I.: H. G.H.: H. Malt: H. Scholar: H"),
        ("Her GitHub is where kodeking_dev ships, as dev_kodeking did", "Her GitHub is where H ships, as H did"),
        ("Her main repository (kodeking/toolbox), as said", "Her main repository (H), as said"),
        ("Her plugin (kodeking/toolbox); a crate (kodeking/toolbox)", "Her plugin (H); a crate (H)"),
        ("Kaggle grandmaster (kodeking), kodeking's packages on npm", "Kaggle grandmaster (H), H's packages on npm"),
        ("GitHub's kodeking; GitHub:\n- kodeking", "GitHub's H; GitHub:\n- H"),
        ("kodeking at Yandex, kodeking bei gmx, kodeking at web de", "H at Yandex, H bei gmx, H at web de"),
        # a dot in words
        ("kodekingdotdev, KODEKINGDOTDEV, kodekingd0tio", "H, H, H"),
        ("kodeking dot dev, kodeking-dot-dev, kodeking_dot_codes", "H, H, H"),
        ("Site: kodeking “dot” dev; kodeking · dev", "Site: H “dot” dev; H · dev"),
        ("kodeking tochka ru, kodeking / toolbox on GitHub", "H tochka ru, H on GitHub"),
        ("kodekingpunktde, kodekingatprotondotme, kodekingatgmail", "H, H, H"),
        # among the signs of another script
        (
            "\u6211\u7684GitHub\u662fkodeking\uff0cGitHub\u4e0a\u7684kodeking",
            "\u6211\u7684GitHub\u662fH\uff0cGitHub\u4e0a\u7684H",
        ),
        ("пишет Go; на гитхабе как kodeking, kodeking на GitHub", "пишет Go; на гитхабе как H, H на GitHub"),
        ("领英 kodeking, 깃허브는 kodeking, واتساب kodeking", "领英 H, 깃허브는 H, واتساب H"),
        ("fifteen fifty-five oh one thirty-two, +49 one seven one 392 00 08", "H, +H"),
        # alone: made as no word is, or what a reader is told to look for
        ("Find kodeking_dev. Everyone calls her kodeking99, or kode_king", "Find H. Everyone calls her H, or H"),
        ("look up kodeking-dev; Check out kodeking.", "look up H; Check out H."),
        (
            "Just type kodeking into a search engine, or enter kodeking.",
            "Just type H into a search engine, or enter H.",
        ),
        ("tool (kodeking/toolbox); dbkit (kodeking/dbkit)", "tool (H); dbkit (H)"),
        ("She is behind kodeking/toolbox. Her tool kodeking/pg-tidy", "She is behind H. Her tool H"),
        ("kodekingで検索してください。彼女はkodeking_devです。", "Hで検索してください。彼女はHです。"),
        ("彼女のツール(kodeking/toolbox)。搜索kodeking。kodeking 검색", "彼女のツール(H)。搜索H。H 검색"),
        ("Найдите kodeking, у нее десять лет опыта.", "Найдите H, у нее десять лет опыта."),
    ],
)
def test_a_handle_without_a_word_for_it_is_hidden(text: str, seen: str) -> None:
    assert before_acceptance(text, LENA).replace(HIDDEN, "H") == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Sie hat zehn Jahre Erfahrung, auf LinkedIn zu finden unter kodeking.", "auf LinkedIn zu finden unter H."),
        ("Sie hat zehn Jahre Erfahrung mit Go und ist kodeking auf GitHub.", "und ist H auf GitHub."),
        ("Elle a dix ans d’expérience, sur GitHub : kodeking", "sur GitHub : H"),
        ("Elle est kodeking sur GitHub et possède dix ans d’expérience.", "Elle est H sur GitHub et"),
        ("Publica como kodeking en GitHub desde hace diez años.", "como H en GitHub"),
        ("En GitHub se llama kodeking, y tiene diez años de experiencia.", "se llama H, y"),
        ("Il suo GitHub è kodeking e ha dieci anni di esperienza.", "è H e ha"),
        ("Ela é kodeking no GitHub e tem dez anos de experiência.", "é H no GitHub"),
        ("Haar GitHub is kodeking en ze heeft tien jaar ervaring.", "is H en ze"),
        ("Ona jest kodeking na GitHubie i ma dziesięć lat doświadczenia.", "jest H na GitHubie"),
        ("På GitHub heter hon kodeking och har tio års erfarenhet.", "heter hon H och"),
        ("Nutzername kodeking, nombre de usuario kodeking", "Nutzername H, nombre de usuario H"),
        ("Suchen Sie nach kodeking, sie hat zehn Jahre Erfahrung mit Go.", "Suchen Sie nach H, sie"),
        (
            "Ihr Werkzeug (kodeking/toolbox) wird überall benutzt, sie ist kodeking_dev.",
            "(H) wird überall benutzt, sie ist H.",
        ),
        ("Cherchez kodeking, elle a dix ans d’expérience.", "Cherchez H, elle"),
        ("Busque kodeking, tiene diez años de experiencia.", "Busque H, tiene"),
        ("Procure por kodeking, tem dez anos de experiência.", "por H, tem"),
        ("Cercate kodeking, ha dieci anni di esperienza.", "Cercate H, ha"),
        ("Zoek naar kodeking, ze heeft tien jaar ervaring.", "naar H, ze"),
        ("Wyszukaj kodeking, ma dziesięć lat doświadczenia.", "Wyszukaj H, ma"),
    ],
)
def test_a_handle_is_hidden_behind_a_phrase_of_another_language(text: str, seen: str) -> None:
    assert seen in before_acceptance(text, LENA).replace(HIDDEN, "H")


def test_a_name_with_any_signs_between_its_letters_is_struck() -> None:
    assert before_acceptance("L-e.n_a b/r/a/n/d/t", LENA) == "L. B."


def test_the_own_handle_is_known_with_gaps() -> None:
    person = Identity("Lena Brandt", label("Lena Brandt", ID), email="kodeking@mail.test")
    assert before_acceptance("She is kode king, or ko-de-king", person) == f"She is {HIDDEN}, or {HIDDEN}"


HARMLESS = """
Builds data_pipelines on GitHub with pull_request checks; client_id and user_name moved to GitLab.
Rhodes Scholar: physics at Oxford; Single Malt: tasted on weekends; L.I.: legal interpreter.
Wrote GitHub actionlint rules for forty teams.
She built Telegram bots for a retail bank and still maintains them on GitHub.
Her LinkedIn recommendations are excellent, and her GitHub is up to date.
Led the migration from Bitbucket to GitHub/GitLab for forty engineers.
He shipped the WhatsApp integration at Zalando (WhatsApp Business API).
Community management (Telegram, Discord) was half of the job.
Worked on Gmail for four years, then on Outlook at Microsoft.
Engineers at Yahoo praised the rollout; the team on Gmail adopted it.
Follow GitHub workflows strictly and add Slack notifications to every deploy.
Reach out on LinkedIn anytime; the portal will pass the message on.
Search for senior talent ended with her; look him up in the court records only after the hire.
Known as a calm incident lead, she goes by the book.
Google Cloud, Azure, AWS; Kubernetes, Terraform, PostgreSQL and Kafka.
Open-sourced pgbouncer tooling on GitHub; contributes to Kubernetes on GitHub.
She writes on Medium about testing and on Substack about hiring.
Built Discord moderation tools; Telegram payments; Viber campaigns.
Twitter scraping, Facebook ads and Instagram analytics for a fashion brand.
LinkedIn → Sales Navigator → outreach was her weekly funnel.
GitHub/Terraform/Kubernetes on the infrastructure side, React on the other.
The candidate prefers Skype over Zoom for the first interview.
Between twenty nineteen and twenty twenty-one he led twelve people.
From two to ten engineers in three years, nine of ten stayed.
One, two, three, four weeks of notice are all possible.
In 2019, 2020 and 2021 she exceeded targets by 12, 15 and 18 percent.
Salary expectations: 95,000 to 110,000 EUR, bonus 10%.
A/B tests, C/C++ and R; S.O.L.I.D. principles; U.S.A. and U.K. projects.
Speaks German (C1), French (B2) and Polish (native).
Works remotely from Lisbon; in the office at most two days a week.
She asked to message the hiring manager on Slack once hired.
He is on GitHub every day, on LinkedIn rarely, on Twitter never.
Add WhatsApp support, ship it, then add Telegram support.
Text mining, ring buffers, ping latency and call centers.
Wrote the Signal protocol port and signal-processing code for radar.
Line management of eight; product line: payments.
Managed KakaoTalk localization and WeChat mini programs.
Contact centre software (Twilio, WhatsApp) for insurers.
Snapchat filters, TikTok campaigns, and Behance portfolios reviewed.
Nick of time deliveries; alias management; handles payments and disputes.
The user base on Telegram doubled; the audience on Instagram tripled.
GitHub - Jenkins - Kubernetes - Datadog: she owned the whole chain.
Runs the Berlin Python meetup and mentors juniors at hackathons.
As a freelancer via Xing and LinkedIn he found three clients.
Her ETL jobs at Klarna fed Snowflake; dbt models, Airflow and Looker.
Sie ist auch auf Telegram erreichbar und hat zehn Jahre Erfahrung mit Go.
Elle est joignable sur WhatsApp et possède dix ans d'expérience.
Telegram (team of six), WhatsApp (team of four).
Migrated auth from Okta to Keycloak and from GitHub Enterprise to GitLab.
At Delivery Hero she owned checkout; at N26 she owned onboarding.
Integrations: Slack, Jira, GitHub, Zendesk.
Prior roles: Zalando (Berlin), Klarna (Stockholm).
Node on AWS, Go on Kubernetes, Spark on EMR.
Built pipelines on Spark, Go on Kubernetes and Node on AWS Lambda.
Ran Kafka on EKS and Flink on EMR for two years.
Rails on Heroku, Django on Fly, Next.js on Vercel.
Published the design system on npm; it has 4k weekly downloads.
She publishes packages on npm and PyPI and images on Docker Hub.
Models on Hugging Face, papers on arXiv, talks on YouTube.
Top 1% on Kaggle, expert on Codeforces, 2,000 problems on LeetCode.
Skills: Go, Rust, dagster, GitHub, dbt, prefect, GitHub Actions.
Tools: GitHub, dagster, prefect, Airflow.
CI/CD, TCP/IP, pub/sub, and/or, iOS/Android, read/write, client/server, SRE/DevOps.
Maintainer of kubernetes/kubernetes and contributor to apache/airflow.
Maintains fluentd/fluentbit and etcd/raft clusters; wrote the vue/nuxt frontend.
Built the frontend/backend split; owned the billing/invoicing code.
Open source: contributes to numpy/scipy and pandas.
He pulled the monolith/monorepo apart; the code/test ratio doubled.
LI posts brought 40 leads; HF trading at a fund; SO answers: 300.
Based in Seattle, WA: remote is fine. Lives in Redmond, WA.
HN front page twice; YT channel of the company with 40k followers.
SE: distributed systems. GL: general ledger. SO: sales orders.
The post-dot-com years, dot-com boom, a polka-dot design, anecdotes and antidotes.
Speaks at PyCon; teaches kdb+ and q; writes OCaml, Elixir and Zig.
Hosted on fly.io, then moved the Rust client.
Sie ist aktiv auf GitHub, hat zehn Jahre Erfahrung und ist erreichbar über LinkedIn.
Er ist auf LinkedIn als Berater unterwegs und auf GitHub sehr aktiv.
Sie arbeitet bei GitHub als Entwicklerin und war bei Xing als Teamleiterin tätig.
Benutzername und Passwort; der Pseudocode; Konto: in Ordnung.
Elle est active sur GitHub et sur LinkedIn, et publie sur Medium.
Ses projets sur GitHub, tests, documentation, intégration continue.
Il est connu sur Twitter comme développeur ; elle travaille chez GitHub comme ingénieure.
Es conocida en GitHub como desarrolladora; publica en LinkedIn.
È attivo su GitHub, presente su LinkedIn, e lavora come sviluppatore.
Ze is actief op GitHub en werkt als ontwikkelaar bij LinkedIn.
Ona jest aktywna na GitHubie i pracuje jako programistka.
Hon är aktiv på GitHub och arbetar som utvecklare.
Ela é ativa no GitHub e trabalha como desenvolvedora.
No LinkedIn profile by choice; no GitHub under her name; no Twitter via work.
She is published via GitHub, is reachable over LinkedIn, is hiring via Xing.
Reviewed by engineers on GitHub; she came as consultant on LinkedIn.
她在 GitHub 上很活跃，使用 Kubernetes 和 Terraform。
Она активна на GitHub, пишет на Go и Rust, разворачивает в Kubernetes.
Работал в Telegram над backend, затем в VK; знает PostgreSQL, Kafka, RabbitMQ.
彼女は GitHub で React と TypeScript を公開しています。
Hey, she is great at hey-day launches; free at Orange; at Yandex she led search.
Engineer at Yandex, at Naver and at Zoho; mailbox at Orange.
Freelancers at web de Berlin; she worked at Libero and at Free.
Line: payments. Steam: 20k reviews; the steam engine at Valve.
Owned observability (Prometheus, Grafana, Loki) on GKE and on-call rotas.
Angular on Firebase; PHP on Symfony; C# on Azure; Swift on iOS; Kotlin on Android.
SAP on HANA, Oracle on Exadata, COBOL on z/OS, SQL on Snowflake.
pip install, npm install and docker pull in CI were cut from 9 to 2 minutes.
She ran go get and cargo add workshops; npm i takes seconds.
Login: single sign-on with SAML; user name and password flows; login flow rewritten.
Product Hunt launch of the year; the Stack Overflow survey, Hacker News front page.
Calendly integration, Linktree clone, Keybase audit, ORCID import, Steam release.
GitHub's release process, LinkedIn's feed ranking, Telegram's bot platform.
Ran the GitHub org; moved the GitHub organization to SSO.
Replatformed Magento to Shopify; GitHub, Bitbucket, Jira; etl, elt, olap.
A dot net developer; a Power Point app; the point de vente; at this point io.
Reviewed pull requests on GitHub daily; Gitflow, trunk-based, monorepos.
"""


def test_ordinary_sentences_of_pitches_stay_whole() -> None:
    told = HARMLESS.strip().splitlines()
    assert len(told) >= 40
    assert [before_acceptance(sentence, LENA) for sentence in told] == told


# The words that three hundred ordinary sentences lose, most of them in lower case and beside a word for programs.
LOST = {"otto.de", "figma/sketch", "base_de_datos", "zählerstand_service", "mess_daten"}


def test_what_three_hundred_ordinary_sentences_lose_is_known() -> None:
    told = Path(__file__).with_name("pitches.txt").read_text(encoding="utf-8").splitlines()
    assert len(told) >= 300
    assert {piece.text for one in told for piece in pieces(one, LENA) if piece.instead} == LOST


def test_words_are_known_with_their_endings_and_beginnings() -> None:
    known = ("refactored", "mentors", "tagging", "top-level", "micromanaged", "kubernetes", "Rita")
    assert [word for word in known if not is_word(word)] == []
    assert [word for word in ("kodeking", "tquorn", "zzz-quorn", "pixelmnky") if is_word(word)] == []


def test_a_text_of_another_language_says_nothing_of_words() -> None:
    assert is_english("She wrote Terraform modules and led the onboarding.")
    assert is_english("")
    assert not is_english("Sie hat zehn Jahre Erfahrung mit Go und Kubernetes.")


def test_a_line_of_marks_is_read_as_fast_as_prose() -> None:
    lines = [f"She is reliable and writes tests. {word}{mark * 4_000}" for word in ("a", "abcd") for mark in "-_·"]
    begun = time.process_time()
    assert [before_acceptance(line, LENA) for line in lines] == lines
    assert time.process_time() - begun < 3  # when each way to part word and marks was tried, half a minute
