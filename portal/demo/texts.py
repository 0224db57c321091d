"""What people in the demo write."""

from __future__ import annotations

PITCHES = (
    "Six years in the field, the last two leading a team of four. Wants a harder problem and is ready to move.",
    "Rebuilt the core of the present product and halved its cost to run. Calm, precise, well liked by peers.",
    "Came up in our shortlist twice this year; the references are the best we have heard in months.",
    "Looks for a place with real ownership. Notice period of one month, salary within the range of the job.",
    "Strong on fundamentals and clear in writing. Did the same kind of work at a company twice the size.",
    "Left a big name to build something smaller and shipped it in nine months. Would start within six weeks.",
)
QUESTIONS = (
    "When could the candidate start, and is there another offer on the table?",
    "Is remote work a must, or would three days in the office be fine?",
    "What was the team's size, and who made the technical decisions?",
    "Does the salary expectation include the bonus?",
    "Could we see something that was built, or a talk that was given?",
)
ANSWERS = (
    "Could start in six weeks. One other talk is going on, no offer yet.",
    "Three days in the office are fine after the first months.",
    "A team of five; the architecture was the candidate's, decisions were taken together.",
    "The figure is the base salary; a bonus would come on top but is no condition.",
    "I have asked and will send it along today.",
)
SUBJECTS = (
    "A role that fits what you built last year",
    "Ten minutes this week?",
    "Following up on our call",
    "The team you asked about is hiring",
    "Your talk, and a question",
)
PREVIEWS = (
    "Hello, I read about your work and thought of a team that needs exactly this…",
    "As promised, here is what I can say about the company and the people…",
    "I know that you are not looking; still, this one is different…",
    "Thank you for your time yesterday. I have talked to the hiring manager…",
)
DECLINE_NOTES = {
    "salary": "Beyond what we can offer for this role.",
    "location": "We need somebody on site.",
    "underqualified": "A good profile, but we look for more years with this.",
    "overqualified": "We fear the role would be too small.",
    "already_known": "Is in our own files since last year.",
    "duplicate": "The same person was proposed before.",
    "position_filled": "We have just hired for this.",
    "other": "We have changed what we look for.",
}
METHODS = ("linkedin", "linkedin", "linkedin", "referral", "job_board", "inbound", "database", "event")
FAILURES = {
    "candidate_quit": "Went back to the former employer, who made a counter-offer.",
    "terminated_performance": "Could not take over the product area in the trial period.",
    "mutual": "Both sides found in the second month that the role is another than they had agreed on.",
    "no_show": "Took another offer a week before the first day.",
}
