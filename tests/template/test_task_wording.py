"""Wordings of tasks and of changes: the rule `only-a-task` names at least 80% of the tasks and at most 5% of the changes.

They are after the action plans that care homes and NHS trusts publish (such as Victoria Court's plan for CQC of 2015, Hillhouse's
business plan of 2013, the quality and safety plan of United Lincolnshire Hospitals of 2018, Shrewsbury and Telford's of 2019, and
the examples of impact-guru.co.uk), put in other words. The first 60 of each were read when the lists of the template were made;
the 30 after them were written before the lists too, and only counted.
"""

from __future__ import annotations

import pytest
from grids import grid

from qipxl import check

TASKS = """
    Infection control refresher training for all staff
    Infection control audit to be carried out
    Policy review
    Medication policy to be reviewed and re-issued
    Staff will be trained in the Mental Capacity Act
    Audit completed monthly
    Monitor
    Remind staff to sign MAR charts
    Ongoing supervision
    Supervision with the staff member concerned
    Discuss at next team meeting
    To be discussed with staff at handover
    Memo to all staff about record keeping
    Email sent to all managers
    Manager to carry out spot checks
    Registered manager to audit care plans weekly
    Review all risk assessments
    Update care plans
    All care plans to be updated by key workers
    Risk assessments to be rewritten for six people
    Complete DoLS applications
    Training matrix to be updated
    Book moving and handling training
    Seniors to attend medication competency training
    Competency assessments to be completed for all seniors
    Purchase new hoist slings
    Order new mattresses
    Replace the carpet in the lounge
    Recruit two night carers
    Recruitment drive for permanent nurses
    Appoint a falls champion
    Nominate a dignity lead
    Develop a new handover form
    Introduce a new audit tool
    Implement the new recording system
    Create a resident of the day schedule
    Write a protocol for covert medication
    Produce a staff newsletter with lessons learned
    Circulate the updated whistleblowing policy
    Ensure all staff have read and signed the policy
    Ensure staff are aware of the procedure
    Reinforce the importance of accurate recording
    Staff to be reminded of their responsibilities
    Raise awareness of safeguarding procedures
    Toolbox talk on pressure care
    Lessons learned to be shared at staff meeting
    Arrange a meeting with the GP
    Liaise with the pharmacy
    Contact the local authority for advice
    Refer to the dietitian
    Carry out monthly medication audits
    Daily walk round by the manager
    Continue to monitor
    Continue with monthly audits
    Ongoing
    Manager to oversee
    Improve recording
    Deputy to check fridge temperatures daily
    Hold residents' meetings every month
    Consultant to visit and write an improvement plan
    All staff to complete safeguarding e-learning within four weeks
    The registered manager will review the complaints policy and share it with the team
    Team leaders will carry out observations of practice
    Care plan audit tool revised
    Dependency tool completed monthly by the manager
    Staff reminded at handover about fluid charts
    Nurses have received training in wound care
    Fire risk assessment to be commissioned
    Weekly managers' meeting
    Regular supervision and appraisal for all staff
    Source external trainer for dementia course
    Clinical governance meeting to be set up
    Put up posters about hand hygiene
    New signage ordered
    Key worker system to be introduced
    Staff to sign to say they have read the care plan
    Documentation to be archived and filed properly
    Check MAR charts at the end of each shift
    Meet with family to discuss concerns
    Quality lead to support the home two days a week
    Review of staffing levels
    Job descriptions updated and issued
    Policies and procedures to be made available to staff
    Maintain training compliance above 90%
    PEEPs completed for all residents
    Risk assess all bed rails
    Provide staff with pocket cards
    Survey to be sent to relatives
    Investigate and respond to the complaint
    Management oversight to be strengthened
"""
CHANGES = """
    Two people check each medicines round before the trolley leaves the room
    Shift leaders check two rooms a day with the person whose room it is, and act on what they find
    People lead their own reviews, and their plan says in their words what a good week looks like
    The monthly quality meeting looks at what changed for people before it closes an action
    Whoever sees a concern raises it with the duty lead within the hour, day or night
    Keyworkers plan two things a week with each person that they have chosen, and staff hours follow that plan
    People get their time-critical medicines within 30 minutes of the prescribed time
    No one is restrained unless their plan allows it and a senior has agreed it that day
    Residents at risk of falling are checked and their plan changed within a day of every fall
    Call bells are answered within five minutes on every shift
    Everyone who may lack capacity has a decision-specific assessment before care is agreed for them
    New starters work alone only after six shadow shifts and an observed competency
    People with swallowing difficulties are served the texture in their plan, because the kitchen plates from the plan
    Night staff turn people at risk as often as their skin plan says and record it at the bedside
    Families hear from us the same day when something goes wrong
    People choose when they get up and go to bed
    Agency staff never give medicines
    Complaints are answered in writing within 20 working days, with what will be different
    Each person weighs in monthly, and weight loss of more than 2 kg reaches the GP within two days
    Staff speak up at the daily huddle, and the manager says the next day what was done
    Concerns about a person reach safeguarding the same day, whoever is on shift
    Handover at the bedside replaces handover in the office, so that people hear what is said about them
    Staff know who has a DNACPR because it is on the handover sheet
    A nurse sees every new pressure mark the same day and photographs it
    Lessons from incidents change practice: each incident review ends with one thing that is done differently
    Rotas are built on dependency, so that no shift falls below the agreed number
    People who are distressed are supported with their own calming plan first; medicine is the last step
    Referrals to the dietitian go out within two days of a MUST score of 2
    Staff recognise signs of sepsis and call 999 without asking for permission
    The same three carers visit each person, so that nobody is washed by a stranger
    People living with dementia can find the toilet by themselves
    Every person has an activity they chose at least twice a week, including those in bed
    Managers see their own figures each week and act on the first bad one
    Fewer than 2 in 100 medicines doses are missed in a month
    Incidents are reported by the person who saw them before the end of the shift
    Staff ask for consent each time, and write down a refusal
    Care workers stay for the whole visit that was agreed
    People are involved in recruiting the staff who support them
    Repairs that affect safety are done in 24 hours
    Staff use the least restrictive option, and record what they tried first
    Doors are no longer locked during the day
    Mealtimes are calm: no medicines round, no television, staff sit and eat with people
    Staff feel safe to raise concerns, and can name two ways to do it
    People's money is counted by two people at each handover
    Weekend discharges happen only with medicines and a care plan in hand
    Allergies are on the MAR and on the kitchen board within an hour of arrival
    Nobody waits more than four hours for pain relief at night
    Supervision leads to a change: each session agrees one thing to do differently and looks at the last one
    Care plans are written with the person, and staff follow them
    Infections fall because cleaning is checked room by room with people
    Restraint is used less, and every use is looked at by someone who was not there within 24 hours
    Patients who deteriorate are escalated within 15 minutes at any hour
    Women see the same midwife at every visit
    Waits for assessment fall below 28 days
    The oxygen cylinder is full and in date on each ward each morning
    Staff take their breaks, because the shift leader covers
    People can see their own records and correct them
    Best-interests decisions name who was asked and what the person wanted
    The manager is on the floor at breakfast and supper, and puts right what she sees
    People say that they feel safe
    Residents will be offered a drink every hour and staff will record what they drank
    People will be able to lock their own bedroom door
    Staff will knock and wait for an answer before going in
    Serve each person the meal they chose, at the temperature they like
    Reduce the use of agency staff at night so that people know who is caring for them
    Medicines errors are found on the shift on which they happen
    Introduce bedside handover so that people hear and correct what is said
    The nurse in charge looks at every fall on the day and changes the plan
    Bruises are reported and explained on the day they are seen
    Each young person has one worker who goes with them to every appointment
    Care records show what the person did and felt, not only what staff did
    Ensure that people with diabetes have their feet checked each week and problems acted on the same day
    Residents' weights are acted on, not just recorded
    A second nurse checks insulin doses at the bedside
    The home feels calm at teatime because two more staff are on the floor
    Relatives are told about medicine changes by the nurse who made them
    Staff recognise choking risk and sit with the person for the whole meal
    Rooms are cleaned when the person wants
    Decisions about restraint are made with the person's family and the psychologist
    The on-call manager answers in ten minutes and comes in if needed
    Ward rounds include the patient and a relative if they wish
    Triage within 15 minutes of arrival for every patient
    Discharge letters reach the GP within a day
    Everyone admitted has their skin looked at within six hours
    Staff raise poor practice with each other at the time
    Carers arrive within 15 minutes of the planned time
    People who walk at night are walked with, not sent back to bed
    Equipment that fails is taken out of use at once
    Residents help to write the menu and to choose new staff
    Pain is scored before and after each dose
"""


def named(wordings: str) -> list[bool]:
    """Whether the rule names each of some wordings of an intended change."""
    lines = wordings.strip().splitlines()
    rows = "".join(f"| A-{number} | {line.strip()} |\n" for number, line in enumerate(lines))
    problems = check(grid(f"Actions\n| Ref | Intended change |\n{rows}")).problems
    found = set(problems.loc[problems["code"] == "only-a-task", "row"])
    return [row in found for row in range(5, 5 + len(lines))]


@pytest.mark.parametrize("part", [slice(0, 60), slice(60, 90)], ids=["read", "counted only"])
def test_four_tasks_in_five_and_hardly_a_change_are_named(part: slice) -> None:
    tasks, changes = named(TASKS)[part], named(CHANGES)[part]
    assert len(tasks) == len(changes) == part.stop - part.start
    assert sum(tasks) >= 0.8 * len(tasks)
    assert sum(changes) <= 0.05 * len(changes)
