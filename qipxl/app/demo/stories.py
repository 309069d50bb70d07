"""What the made-up services are called, who works there, and what they set out to improve. Nothing here is real."""

from __future__ import annotations

from dataclasses import dataclass

REGIONS = ("North", "Midlands", "South")
HOUSES = (
    "Elm House", "Rosewood Lodge", "Beech Court", "Harbour View", "Mill Lane", "The Willows", "Orchard Close", "Station Road",
    "Larch Grove", "Priory Gardens", "Kingfisher House", "Oak Tree Lodge", "Meadow Bank", "Quarry Cottage", "Chestnut Rise", "Fern Bank",
    "Lakeside", "Hazel Court", "Windmill House", "Abbey Fields",
)  # fmt: skip
FIRST_NAMES = (
    "Amira", "Ben", "Carys", "Daniel", "Esther", "Farid", "Grace", "Hannah", "Imran", "Joanne", "Kwame", "Lena", "Marek", "Nia", "Oliver",
    "Priya", "Rhys", "Sofia", "Tom", "Wanjiru",
)  # fmt: skip
LAST_NAMES = (
    "Adeyemi", "Bennett", "Chowdhury", "Davies", "Evans", "Fraser", "Green", "Hughes", "Iqbal", "Jones", "Kaur", "Lewis", "Morgan",
    "Nowak", "Okafor", "Patel", "Roberts", "Shah", "Taylor", "Williams",
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """One thing a service sets out to improve."""

    theme: str
    issue: str
    change: str
    measure: str
    statement: str
    regulation: str
    milestones: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]


STORIES = (
    Story(
        "Medicines",
        "Signatures are missing from one in ten medicines records, so missed doses are found late.",
        "Every medicines round ends with a second person checking the records, and gaps are put right the same day.",
        "Records with no gap: from 90% to 99%",
        "Safe: Medicines optimisation",
        "12 Safe care and treatment",
        ("Second check agreed with the pharmacist", "Checks observed on all shifts", "Impact reviewed"),
        (
            ("Observation", "Observation of four medicines rounds"),
            ("Outcomes", "Weekly count of gaps, with chart"),
            ("Feedback from staff and leaders", "Notes of shift leaders' meeting"),
        ),
    ),
    Story(
        "Safeguarding",
        "Concerns are passed on a day or more late because staff wait for the manager to be on shift.",
        "Whoever sees a concern raises it with the duty lead within the hour, day or night.",
        "Concerns referred within 24 hours: from 70% to 100%",
        "Safe: Safeguarding",
        "13 Safeguarding service users from abuse and improper treatment",
        ("Duty lead rota covers nights", "Staff tested with scenarios", "Impact reviewed"),
        (
            ("Processes", "Duty lead rota and call log"),
            ("Feedback from partners", "E-mail from the safeguarding team"),
            ("Outcomes", "Monthly timeliness figures"),
        ),
    ),
    Story(
        "Care plans",
        "Care plans are reviewed on time but do not say what people want to do with their day.",
        "People lead their own reviews, and their plan says in their words what a good week looks like.",
        "Plans in the person's own words: from 4 of 20 to 20 of 20",
        "Responsive: Person-centred care",
        "9 Person-centred care",
        ("New review format tried with two people", "All reviews held in the new format", "Impact reviewed"),
        (
            ("People's experience", "What people said about their review (easy read)"),
            ("Observation", "Reviews observed by the practice lead"),
            ("Outcomes", "Sample of ten plans, scored"),
        ),
    ),
    Story(
        "Supervision",
        "Supervision happens but seldom speaks about practice, so poor habits go unnoticed.",
        "Each supervision looks at one piece of observed practice and agrees one thing to do differently.",
        "Supervisions that record observed practice: from 20% to 90%",
        "Caring: Workforce wellbeing and enablement",
        "18 Staffing",
        ("Supervisors coached", "Extracts sampled each month", "Impact reviewed"),
        (
            ("Feedback from staff and leaders", "Supervision extracts, anonymised"),
            ("Observation", "Observed supervision, twice"),
            ("Processes", "Supervision tracker"),
        ),
    ),
    Story(
        "Falls",
        "Two people fell more than once last quarter and their risk assessments had not changed.",
        "After each fall the shift leader and the person look at what happened and change the plan the same day.",
        "Repeat falls: from 5 a quarter to 1 or none",
        "Safe: Involving people to manage risks",
        "12 Safe care and treatment",
        ("Post-fall huddle agreed", "Huddles held after every fall for a month", "Impact reviewed"),
        (
            ("Outcomes", "Falls chart by month"),
            ("Processes", "Huddle records, sampled"),
            ("People's experience", "What people say about moving about safely"),
        ),
    ),
    Story(
        "Consent",
        "Capacity decisions are recorded for everything at once instead of one decision at a time.",
        "Each decision has its own assessment, and the person is helped to decide first.",
        "Decision records meeting all criteria: from 45% to 95%",
        "Effective: Consent to care and treatment",
        "11 Need for consent",
        ("Records rewritten for five people", "Sample audited by another service", "Impact reviewed"),
        (
            ("Processes", "Audit of twelve decision records"),
            ("Observation", "Observed best interests meeting"),
            ("Feedback from partners", "Comments of the advocate"),
        ),
    ),
    Story(
        "Infection control",
        "Cleaning is signed for but an unannounced check found bathrooms not clean.",
        "Shift leaders check two rooms a day with the person whose room it is, and act on what they find.",
        "Rooms clean on unannounced check: from 70% to 98%",
        "Safe: Infection prevention and control",
        "12 Safe care and treatment",
        ("Daily room check in use", "Unannounced re-check by another manager", "Impact reviewed"),
        (
            ("Observation", "Unannounced check by another service"),
            ("Outcomes", "Results of room checks"),
            ("People's experience", "What people say about their home"),
        ),
    ),
    Story(
        "Complaints",
        "Families say they never hear what changed after they complained.",
        "Whoever complains is told within ten days what was found and what is different now.",
        "Complainants told what changed: from 30% to 100%",
        "Responsive: Listening to and involving people",
        "16 Receiving and acting on complaints",
        ("Letter and call agreed", "All open complaints answered", "Impact reviewed"),
        (
            ("People's experience", "Calls to families, summarised"),
            ("Processes", "Complaints log"),
            ("Outcomes", "Days to answer, by month"),
        ),
    ),
    Story(
        "Activities",
        "People with high support needs take part in far fewer activities than others.",
        "Keyworkers plan two things a week with each person that they have chosen, and staff hours follow that plan.",
        "Chosen activities a week: from 0.8 to 2 a person",
        "Caring: Independence, choice and control",
        "9 Person-centred care",
        ("Choices recorded for everyone", "Rota matched to plans", "Impact reviewed"),
        (
            ("Outcomes", "Participation figures"),
            ("People's experience", "Photo diaries, kept with the person's consent"),
            ("Feedback from staff and leaders", "Keyworker notes"),
        ),
    ),
    Story(
        "Governance",
        "Audits find the same gaps each quarter because nobody checks whether actions worked.",
        "The monthly quality meeting looks at what changed for people before it closes an action.",
        "Repeat audit findings: from 11 to 2 or fewer",
        "Well-led: Governance, management and sustainability",
        "17 Good governance",
        ("New agenda in use", "Two closed actions re-tested each month", "Impact reviewed"),
        (
            ("Processes", "Minutes with challenges recorded"),
            ("Outcomes", "Repeat findings by quarter"),
            ("Feedback from partners", "Commissioner's visit note"),
        ),
    ),
)
