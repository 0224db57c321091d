"""What people in the demo write."""

from __future__ import annotations

PITCHES = (
    "Six years in the field, the last two leading a team of four. Looking for a harder problem and ready to move.",
    "Rebuilt the core of their current product and halved its running costs. Calm, precise, well liked by peers.",
    "Made our shortlist twice this year, with the best references we've heard in months.",
    "Looking for a role with real ownership. Not in a hurry, with a salary within your range.",
    "Strong on fundamentals and clear in writing. Has done the same work at a company twice the size.",
    "Left a big name to build something smaller and shipped it in nine months. Keen to do it again.",
)
QUESTIONS = (
    "When could the candidate start, and is there another offer on the table?",
    "Is remote work a must, or would three days in the office be fine?",
    "How big was the team, and who made the technical decisions?",
    "Does the salary expectation include the bonus?",
    "Could we see a project or a recorded talk?",
)
ANSWERS = (
    "Could start in six weeks. There's one other process under way, but no offer yet.",
    "Three days in the office is fine after the first few months.",
    "A team of five. The architecture was the candidate's; decisions were made together.",
    "That's the base salary. A bonus would be on top, but isn't a requirement.",
    "I've asked and will send it along today.",
)
SUBJECTS = (
    "A role that fits what you built last year",
    "Ten minutes this week?",
    "Following up on our call",
    "The team you asked about is hiring",
    "Your talk, and a question",
)
PREVIEWS = (
    "Hello, I read about your work and thought of a team that needs exactly that…",
    "As promised, here's what I can tell you about the company and the team…",
    "I know you're not looking, but this one is different…",
    "Thanks for your time yesterday. I've talked to the hiring manager…",
)
DECLINE_NOTES = {
    "salary": "Beyond what we can offer for this role.",
    "location": "We need someone on site.",
    "underqualified": "A good profile, but we're looking for more experience with this.",
    "overqualified": "We think they'd outgrow the role quickly.",
    "already_known": "Already in our own database since last year.",
    "duplicate": "The same person has already been proposed.",
    "position_filled": "We've just hired for this role.",
    "other": "Our requirements have changed.",
}
METHODS = ("linkedin", "linkedin", "linkedin", "referral", "job_board", "inbound", "database", "event")
FAILURES = {
    "candidate_quit": "Went back to their former employer after a counteroffer.",
    "terminated_performance": "Couldn't take over the product area during the trial period.",
    "mutual": "Both sides found in the second month that the role wasn't what they had agreed on.",
    "no_show": "Took another offer a week before the start date.",
}
