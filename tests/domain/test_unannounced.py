"""What nothing announces is a handle where it is no word of English; ordinary sentences of pitches stay whole."""

from __future__ import annotations

import uuid

import pytest

from portal.domain.disclosure import HIDDEN, Identity, before_acceptance, label
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
        ("fifteen fifty-five oh one thirty-two, +49 one seven one 392 00 08", "H, +H"),
    ],
)
def test_a_handle_without_a_word_for_it_is_hidden(text: str, seen: str) -> None:
    assert before_acceptance(text, LENA).replace(HIDDEN, "H") == seen


def test_a_name_with_any_signs_between_its_letters_is_struck() -> None:
    assert before_acceptance("L-e.n_a b/r/a/n/d/t", LENA) == "L. B."


def test_the_own_handle_is_known_with_gaps() -> None:
    person = Identity("Lena Brandt", label("Lena Brandt", ID), email="kodeking@mail.test")
    assert before_acceptance("She is kode king, or ko-de-king", person) == f"She is {HIDDEN}, or {HIDDEN}"


HARMLESS = """
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
Reviewed pull requests on GitHub daily; Gitflow, trunk-based, monorepos.
"""


def test_ordinary_sentences_of_pitches_stay_whole() -> None:
    told = HARMLESS.strip().splitlines()
    assert len(told) >= 40
    assert [before_acceptance(sentence, LENA) for sentence in told] == told


def test_words_are_known_with_their_endings_and_beginnings() -> None:
    known = ("refactored", "mentors", "tagging", "top-level", "micromanaged", "kubernetes", "Rita")
    assert [word for word in known if not is_word(word)] == []
    assert [word for word in ("kodeking", "tquorn", "zzz-quorn", "pixelmnky") if is_word(word)] == []


def test_a_text_of_another_language_says_nothing_of_words() -> None:
    assert is_english("She wrote Terraform modules and led the onboarding.")
    assert is_english("")
    assert not is_english("Sie hat zehn Jahre Erfahrung mit Go und Kubernetes.")
