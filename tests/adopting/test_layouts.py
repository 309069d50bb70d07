"""Made-up plans in the layouts of many trades: each with the field that a person would choose for every heading."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from qipxl import find_template
from qipxl.adopting import adopt_workbooks, mapping_text, open_old_workbook, propose_mapping, read_mapping
from qipxl.adopting.mapping import LIKELY, SURE, AdoptMapping, ColumnMapping
from qipxl.adopting.propose import MOST_COLUMNS
from qipxl.adopting.tracker_rows import AdoptedPlan
from qipxl.periods import Period
from qipxl.services import Service

OAK = Service(code="OAK", name="Oak Lodge", region="North", manager="Mary Khan")

LAYOUTS = {
    "impacts of two kinds": """
        == Risk register
        Ref | Risk | Schedule impact | Scope impact | Likelihood | Mitigation | Owner
        R1 | The system may not be ready in time | 3 | 4 | 2 | Agree a date with the supplier | Jo Shah
        R2 | Two nurses may leave in spring | 4 | 2 | 3 | Begin to recruit now | Ann Lee
        => ref | issue | !consequence_start | !consequence_start | likelihood_start | intended_change | owner
    """,
    "times as targets": """
        == Action plan
        Ref | Issue | Action | Target | Owner
        A1 | Care plans are not reviewed in time | Review ten plans each week | Throughout the programme | Jo Shah
        A2 | Few families come to reviews | Ask families for a good day | By completion of the training | Ann Lee
        A3 | Night calls are not logged | Put a log at each desk | Throughout the programme | Ann Lee
        => ref | issue | intended_change | !success_measure | owner
    """,
    "opportunities for improvement": """
        == Follow-up
        Ref | Opportunity for improvement | Action | Owner | Target date | Closure status
        O1 | Training records are kept in three places | Keep one list of training | Jo Shah | 31/03/2026 | Closed
        O2 | Nobody covers the manager's leave | Name a deputy for each week | Ann Lee | 30/04/2026 | Open
        => ref | issue | intended_change | owner | due | status
    """,
    "a weight, and dates as targets": """
        == Action plan
        Ref | Issue | Impact weight | Action | Target | Owner
        A1 | Care plans are not reviewed in time | 3 | Review ten plans each week | Throughout the year | Jo Shah
        A2 | Few families come to reviews | 2 | Ask families for a good day | By the end of May | Ann Lee
        => ref | issue | !consequence_start | intended_change | due | owner
    """,
    "health": """
        == Action plan
        Ward QI action plan 2026
        No. | Area for Improvement | Action Required | Allocated to | Timescale | RAG | Update
        1 | Fluid charts are not totalled | Senior totals every chart at 8 | Jo Shah | 31/03/2026 | Amber | half the charts done
        2 | Pain scores missing at night | Add the score to the round | Ann Lee | ASAP | Red | form ordered
        => ref | issue | intended_change | owner | due | - | progress
    """,
    "care": """
        == QIP
        Home: | Oak Lodge
        Manager: | Mary Khan

        Issue Identified | What we will do | Who | By When | How will we know? | Completed (date) | Comments
        Families do not hear the outcome | Write within five days | Mary Khan | 31/03/2026 | Every letter is filed | 20/03/2026 | two late
        Few outings | Book the bus weekly | Di Fox | 30/04/2026 | Two outings a week | | bus booked
        => issue | intended_change | owner | due | success_measure | completed_on | progress
    """,
    "education": """
        == Improvement
        Objective | Actions | Lead person | Start Date | End Date | Success Criteria | Evidence
        Attendance rises to that of like schools | Call home on day one | Lee Brown | 01/09/2025 | 31/07/2026 | 96 in 100 attend | Register
        More pupils read daily | Twenty minutes after lunch | Sue Marsh | 01/09/2025 | 31/03/2026 | Every class reads | Timetable
        => issue | intended_change | owner | start | due | success_measure | evidence.description
    """,
    "council": """
        == Monitoring
        Ref | Recommendation | Provider Action | Lead Officer | Target Date for Completion | Current Status | Officer Comments
        R1 | Lock the records | Move them to the office | Jo Shah | 31/03/2026 | In progress | seen 2 March
        R2 | Log complaints | Start a log | Ann Lee | 30/04/2026 | Complete | seen
        => ref | issue | intended_change | owner | due | status | -
    """,
    "CAPA": """
        == CAPA log
        No | Raised | Non-conformance | Root Cause | Containment | Corrective / Preventive Action | Assignee | Due | Closure Date | Verified By
        C-01 | 05/01/2026 | Fridge at nine degrees | Door left open | Stock moved | Fit an alarm | Sam Cole | 31/01/2026 | 28/01/2026 | Mary Khan
        C-02 | 09/01/2026 | Label unreadable | Printer is old | Labels by hand | Buy a printer | Di Fox | 28/02/2026 | | Mary Khan
        => ref | start | issue | root_cause | interim_control | intended_change | owner | due | completed_on | verified_by
    """,
    "risk register": """
        == Register
        Risk_ID | Risk_Name | Risk_Owner | Likelihood_1_5 | Impact_1_5 | Risk_Score | Controls | Mitigation_Strategy | Target_Date | Status
        RSK-1 | Night staffing is thin | Mary Khan | 5 | 4 | 20 | Bank staff | Recruit two seniors | 31/05/2026 | Open
        RSK-2 | Boiler may fail in winter | Sam Cole | 3 | 4 | 12 | Service contract | Replace the boiler | 30/09/2026 | Open
        => ref | issue | owner | likelihood_start | consequence_start | - | ?interim_control | intended_change | due | status
        == Dashboard
        Metric | Value
        Total risks | 2
        High risks | 1
        => none
    """,
    "two scores": """
        == Risks
        | | Inherent | < | < | | Residual | < | <
        Ref | Risk | Likelihood | Impact | Score | Action to reduce the risk | Likelihood | Impact | Score
        1 | Lift stops between floors | 4 | 4 | 16 | Yearly contract with the maker | 2 | 4 | 8
        2 | Loss of power at night | 3 | 5 | 15 | Hire a generator | 2 | 3 | 6
        => ref | issue | likelihood_start | consequence_start | - | intended_change | likelihood_now | consequence_now | -
    """,
    "audit action log": """
        == Audit actions
        Finding | Recommendation | Priority | Management Response | Responsible Officer | Agreed Implementation Date | Status Update
        Petty cash not counted | Count it weekly by two people | High | Agreed, from Monday | Finance manager | 30/04/2026 | counted twice
        Keys not signed for | Keep a key log | Low | A log is bought | Deputy manager | 31/05/2026 | log at reception
        => issue | intended_change | - | - | owner | due | progress
    """,
    "RAID log": """
        == RAID
        ID | Type | Description | Probability | Impact | Owner | Mitigation | Status | Date Raised
        1 | Risk | New rota may not be ready | 4 | 3 | Jo Shah | Weekly check with the agency | Open | 05/01/2026
        2 | Issue | Two posts are empty | 5 | 4 | Ann Lee | Advert in the paper | In Progress | 09/01/2026
        => ref | theme | issue | likelihood_start | consequence_start | owner | intended_change | status | start
    """,
    "improvement notice": """
        == Notice
        Requirement | Breach (Regulation) | Action to be taken by the provider | Accountable | To be Completed by | Evidence
        Staff must know how to evacuate | Fire doors were wedged open | Drill each shift and log it | Mary Khan | 28/02/2026 | Drill log
        Water must be tested | No test since May | Test every month | Sam Cole | 31/03/2026 | Test sheets
        => - | issue | intended_change | owner | due | evidence.description
    """,
    "PAMMS": """
        == PAMMS
        PAMMS Improvement plan for Oak Lodge
        Standard | Standard not met | Actions to be taken | By whom | By when | Progress | Signed off by
        A1 | Consent is not on every file | Ask at each review | Ann Lee | 31/03/2026 | Ten of twelve files done | P Green
        B4 | Menus have no pictures | Print picture menus | Di Fox | 30/04/2026 | Photos are taken | P Green
        => ?ref | issue | intended_change | owner | due | progress | verified_by
    """,
    "tasks": """
        == Tasks
        S.No | Task Category | Task Description | Assignee | Start | Deadline | Status | Remarks
        1 | Falls | Hold a falls meeting every week | Jo Shah | 05/01/2026 | 31/03/2026 | WIP | weekly
        2 | Meds | Count the stock every week | Ann Lee | 05/01/2026 | 30/04/2026 | To do | new form
        => ref | theme | intended_change | owner | start | due | status | progress
    """,
    "meeting": """
        == Actions
        Action log of the governance meeting
        Action Ref | Action / Decision | Owner | Date Raised | Target Date | Date Closed | Status | RAG
        G/1 | Publish the survey results | Mary Khan | 05/01/2026 | 31/01/2026 | 28/01/2026 | Closed | Green
        G/2 | Invite the pharmacist | Jo Shah | 05/01/2026 | 28/02/2026 | | Open | Amber
        => ref | intended_change | owner | start | due | completed_on | status | -
    """,
    "issue log": """
        == Issues
        ID | Description | Status | Owner | Actionee
        1 | Falls are rising on the first floor | Open | Jo Shah | Ann Lee
        2 | Stock is counted wrongly | Open | Jo Shah | Di Fox
        => ref | issue | status | owner | -
    """,
    "two-row headings": """
        == Plan
        Ref | Concern | Action | < | < | Outcome | <
        ^ | ^ | What | Who | When | Status | Date achieved
        1 | Care plans are out of date | Review ten a week | Ann Lee | 31/03/2026 | Ongoing |
        2 | Weights are missed | Weigh on the first Monday | Jo Shah | 28/02/2026 | Complete | 26/02/2026
        => ref | issue | intended_change | owner | due | status | completed_on
    """,
    "second row fills gaps": """
        == Log
        No | Risk | Score | | | Controls | Owner | Status
        | | Likelihood | Impact | Total | | |
        R1 | Medicines left on the trolley | 3 | 4 | 12 | Trolley is locked at lunch | Jo Shah | Open
        R2 | Visitors are not signed in | 2 | 3 | 6 | Book at the door | Ann Lee | Closed
        => ref | issue | likelihood_start | consequence_start | - | ?interim_control | owner | status
    """,
    "merged titles": """
        == Sheet1
        Oak Lodge continuous improvement tracker | < | < | < | < | <
        Date: | < | < | Author: | < | <
        1. Issue | 2. Action(s) | 3. Lead(s) | 4. Due (dd/mm/yy) | 5. Status (RAG) | 6. Notes
        Call bells are slow | Review the rota | Jo Shah | 31/01/2026 | Complete | ask again
        Bins overflow | New contract | Di Fox | 31/05/2026 | Not started |
        => issue | intended_change | owner | due | status | -
    """,
    "open and closed": """
        == Open actions
        Action No | Issue | Action | Owner | Due Date | Status
        1 | Lounge is cold | Bleed the radiators | Sam Cole | 31/03/2026 | In progress
        2 | Post is not opened | Daily check by reception | Lee Brown | 10/04/2026 | Not started
        => ref | issue | intended_change | owner | due | status
        == Closed actions
        Action No | Issue | Action | Closed By | Closure Date | Lessons
        3 | Gate does not lock | New lock fitted | Mary Khan | 20/01/2026 | check in winter
        4 | Old hoists | Two hoists replaced | Mary Khan | 28/01/2026 | budget early
        => ref | issue | intended_change | verified_by | completed_on | -
    """,
    "words that are almost others": """
        == Actions
        Ref | Contract | Causeway | Finding | Action required | Owner | Due date | Status
        A1 | Catering for three homes | From car park to garden | Path is uneven | Relay the slabs | Sam Cole | 31/03/2026 | Open
        A2 | Cleaning of all stairs | From gate to entrance | Gravel is loose | Sweep every week | Di Fox | 30/04/2026 | Open
        => ref | - | - | issue | intended_change | owner | due | status
    """,
    "what a heading is about": """
        == Findings
        Ref | Number of risks | Date of finding | Finding | Cost of action | Recomendation | Responsability | Review of status | Target date
        F1 | 3 | 05/01/2026 | Charts are not totalled | 120 | Total them at eight | Jo Shah | In the March meeting | 31/03/2026
        F2 | 2 | 09/01/2026 | Two charts are missing | 40 | Keep a spare set | Ann Lee | In the April meeting | 30/04/2026
        => ref | - | start | issue | - | intended_change | owner | - | due
    """,
    "corrective actions about items": """
        == Corrective actions
        ca_id | related_item | root_cause | owner | target_date | status
        CA-1 | CTRL-05 Weekly check of all fire doors | No one is named for the check | Jo Shah | 31/03/2026 | Open
        CA-2 | CTRL-09 Monthly count of the stock | The form has no place for it | Ann Lee | 30/04/2026 | Closed
        => ref | - | root_cause | owner | due | status
    """,
    "action list with descriptions": """
        == Action items
        Action ID | Item Name | Workstream | Owner | Description | Status | Due Date
        A01 | Rota | Staffing | Jo Shah | Agree with the agency how to fill nights | Open | 31/03/2026
        A02 | Menus | Kitchen | Di Fox | Ask residents which meals they miss | Closed | 30/04/2026
        => ref | - | theme | owner | intended_change | status | due
    """,
    "severity of both": """
        == Risks
        ID | Risk | Likelihood | Impact if the risk occurs | Severity | Rating based on impact and likelihood | Response
        1 | Deliveries may be late in winter | High | Low | Medium | Medium | Find a second supplier nearby
        2 | The lift may stop between floors | Low | High | Medium | High | Yearly contract with the maker
        => ref | issue | likelihood_start | consequence_start | - | - | intended_change
    """,
    "a scale to ten": """
        == Risks
        No | Risk | Probability | Impact | Response Strategy | Risk Owner
        1 | Deliveries may be late in winter | 8 | 9 | Find a second supplier nearby | Sam Cole
        2 | The lift may stop between floors | 3 | 7 | Yearly contract with the maker | Di Fox
        => ref | issue | - | - | intended_change | owner
    """,
    "names under groups": """
        == Risks
        | Asset | < | Vulnerability | < | |
        Ref | Name | Value | Description | Scale | Planned action | Owner
        R1 | Record cupboard in the office | 5 | Keys are left in the door at night | 4 | Fit a lock that closes by itself | Jo Shah
        R2 | Medicines trolley on the first floor | 4 | Trolley is not chained to the wall | 3 | Chain it after each round | Ann Lee
        => ref | - | - | issue | - | intended_change | owner
        == History
        Version | Date | Author | Description | Approved by
        1.0 | 05/01/2026 | Jo Shah | First issue of this register | Mary Khan
        1.1 | 09/02/2026 | Jo Shah | Two risks were added to it | Mary Khan
        => none
    """,
    "actions taken and to be taken": """
        == Risk log
        Risk event | Mitigating action | Actions taken | Person responsible | Date
        Heating may fail in a cold week | Keep heaters in the store | Four heaters were bought | Sam Cole | 31/03/2026
        The minibus may not pass its test | Book a service in March | Garage was asked for a date | Di Fox | 30/04/2026
        => issue | intended_change | ?progress | owner | ?due
    """,
    "unknown headings": """
        == Our list
        Code | Was ist zu tun | Wer | Bis | Stand
        M-1 | Die Liste jede Woche im Team besprechen | Anna Lee | 31/03/2026 | In progress
        M-2 | Neue Vorlagen für die Station bestellen | Peter Fox | 30/04/2026 | Done
        M-3 | Den Aufzug jeden Monat prüfen lassen | Sarah Cole | 31/05/2026 | Open
        => ?ref | ?intended_change | ?owner | ?due | ?status
    """,
    "project": """
        == Milestones
        Milestone_ID | Milestone Description | Action Owner | Risk Owner | Planned End Date | Actual End Date | Completion Status
        M-01 | Training room is ready for use | Jo Shah | Mary Khan | 31/03/2026 | 30/03/2026 | Complete
        M-02 | First group of staff is trained | Ann Lee | Mary Khan | 30/04/2026 | | In progress
        => ref | intended_change | owner | accountable_lead | due | completed_on | status
    """,
    "groups set off by empty columns": """
        == Assessment
        Risk | < | | Now | < | | Plan | < | <
        ID | Description | | Likelihood | Impact | | Proposed treatment | Date | Target date
        R1 | Visitors slip on the ramp | | 3 | 4 | | Grit on frosty mornings | 05/01/2026 | 31/03/2026
        R2 | Smoke from the tumble dryer | | 2 | 5 | | Clean the filter after each load | 09/01/2026 | 30/04/2026
        => ref | issue | likelihood_start | consequence_start | intended_change | ?start | due
    """,
    "list beside a key": """
        == Lists
        Rating | Meaning | Required Action
        High | Exceeds what we accept | Act at once
        Low | Within what we accept | Watch
        => none
        == Treatment
        Risk No. | Hazard | Risk Treatment | Treatment Owner | Residual Risk | Completion Date | Review Date
        1 | Wet floor by the laundry door | Mats on both sides of the door | Sam Cole | Low | 31/03/2026 | 30/06/2026
        2 | Hot pipes in the hall | Covers on all of the pipes | Sam Cole | Low | 30/04/2026 | 30/06/2026
        => ref | issue | intended_change | owner | - | ?due | -
    """,
    "hospital register": """
        == Register
        Risk_ID | Threat | Vulnerability | Likelihood | Impact | Current_Controls | Recommended_Control | Risk Owner | Treatment Owner
        R001 | Records are read by all | Shared passwords | High | Very high | Yearly reminder | Own badges | Mary Khan | Jo Shah
        R002 | Ventilators stop in a storm | One generator | Low | High | Weekly test | Second generator | Mary Khan | Sam Cole
        => ref | issue | root_cause | likelihood_start | consequence_start | interim_control | intended_change | accountable_lead | owner
    """,
    "issues without owners": """
        == Sheet1
        Slno. | Issues | Raised Date | status | Resolved Date | Remarks
        1 | The list of wards cannot be sorted | 09/05/2024 | Resolved | 12/05/2024 | Sorting added
        2 | Photos are turned by a quarter | 09/05/2024 | Open | | With the supplier
        => ?ref | issue | start | status | completed_on | progress
    """,
    "controls by code": """
        == Remediation tracker
        ID | Weakness | Controls | Decision | Action or limitation | Owner | Status
        F-1 | Logs are kept for a week only | AU-9, AU-11 | Keep the rows and name the gap in each | Set the store to one year | Mary Khan | Open
        F-2 | Old sessions stay open | AC-11 | Close sessions after ten minutes | The limit may not be changed | Sam Cole | Done
        => ref | issue | ?interim_control | ?intended_change | ?intended_change | owner | status
        == Corrective actions
        Finding | Corrective action | Owner | Due date
        TTX-01 | Quarterly test of the call list | Mary Khan | 30/06/2026
        TTX-02 | Provisional rating within an hour | Sam Cole | 15/07/2026
        => - | intended_change | owner | due
        == Log
        No. | Risk | Likelihood | Impact | Contingency and mitigation actions
        1 | The supplier changes its terms | 3 | 4 | Agree on a price for two years; look for a second one
        2 | The store burns down | 1 | 5 | Keep a copy elsewhere; plan for a week on paper
        => ref | issue | likelihood_start | consequence_start | ?interim_control
        == What if
        No. | Risk | Mitigation | Contingency plan | Owner
        1 | The supplier changes its terms | Agree on a price for two years | Buy from the second supplier | Mary Khan
        2 | The store burns down | Keep a copy elsewhere | Plan for a week on paper | Sam Cole
        => ref | issue | intended_change | ?interim_control | owner
        == Two in one
        No. | Risk | Likelihood | Impact | Control / mitigation | Owner
        1 | A pass is lost and not reported | 3 | 4 | Passes are called in each quarter | Mary Khan
        2 | The copy cannot be read | 1 | 5 | A copy is read back each month | Sam Cole
        => ref | issue | likelihood_start | consequence_start | ?interim_control | owner
        == Levels
        Risk level | Description | Recommended action
        High | A serious harm that is likely within a year | Act at once and tell the board
        Medium | A harm that is possible within a year | Plan what is to be done
        Low | A harm that is not likely | Look again after a year
        => none
        == Review schedule
        Activity | Frequency | Responsible
        Look through the log of sign-ins | Weekly | Mary Khan
        Test the copy of the records | Each month | Sam Cole
        => none
        == Assumptions
        Assumption ID | Assumption | Basis | Owner | Date raised | Status | Remarks
        A-1 | The store has room for one year | The supplier said so in its letter | Mary Khan | 02/01/2026 | Open | Ask again in May
        A-2 | Two people are trained | The rota of January shows it | Sam Cole | 03/01/2026 | Closed | Seen
        => none
    """,
    "parish register": """
        == Register
        Ref | Risk | Control Measures | L | S | RAG | Further actions | Resp. | Date Completed
        1 | An invoice is paid twice | Two councillors sign | 1 | 3 | Green | Number the orders | Clerk | 08/10/2025
        2 | The swings are unsafe | Monthly look by a councillor | 2 | 4 | Amber | Yearly check by an engineer | Clerk |
        => ref | issue | ?interim_control | likelihood_start | consequence_start | - | intended_change | owner | completed_on
    """,
    "school objectives": """
        == Equality
        Objective | Who benefits? | Actions and who will be involved? | Timescale | How will we measure our success?
        More girls join the clubs | Girls of years 3 to 6 | Sports lead asks each class | Annual review in May | Half of the places
        Signs are easy to read | Visitors with poor sight | Site manager prints them | Autumn term | Governors walk round
        Pupils meet other faiths | All of the pupils | RE lead plans four visits | Termly | Four visits a year
        => issue | - | intended_change | due | success_measure
    """,
    "council recommendations": """
        == Tracker
        No | Service Area | Recommendation | Staff lead? Member lead? | Agreed date | Progress at June 2026
        1 | Housing | Tell tenants the date of each repair | Jo Shah | 31/03/2026 | letters are printed
        2 | Parks | Log each check of the play areas | Ann Lee | 30/04/2026 | log at two parks
        => ref | theme | intended_change | owner | due | progress
    """,
    "audit findings": """
        == Findings
        Finding ID | Condition (Deficiency Found) | Severity | Recommendation | Management Response | Remediation Owner | Target Due Date
        F-1 | Fridge log has gaps at weekends | High | Name a person each weekend | Agreed by the manager | Ward team 1 | 31/03/2026
        F-2 | Two keys are not in the safe | Low | List every key | Agreed with a change | Ward team 2 | 30/04/2026
        => ref | issue | - | intended_change | ?progress | owner | due
    """,
    "infection control": """
        == Programme
        Hygiene code criterion | Programme of work 2026 | By whom (lead) | By when | Progress/Outcome
        Systems to manage the risk of infection | Hold four meetings of the committee | Ann Lee | May, Aug, Nov, Feb | first one held
        A clean place with working taps | Check every sluice and list the repairs | Sam Cole | Quarterly | list is written
        => ?issue | intended_change | owner | due | progress
    """,
    "risk assessment": """
        == Assessment
        What are the hazards? | Who might be harmed and how? | What are you already doing? | What further action is needed? | Who | When
        Wet floor by the door | Visitors may slip | Mats and a sign | Fit a porch | Sam Cole | 31/03/2026
        Hot tea in the lounge | Residents may be scalded | Staff pour it | Cups with lids | Di Fox | 30/04/2026
        => issue | - | interim_control | intended_change | owner | due
    """,
    "carers": """
        == Tracker
        Area(s) for action | Action | Lead Officer (and the department or the organisation that leads, if another one is asked to help)
        Telling carers | Write one page about breaks | Jo Shah
        Telling carers | Print it in six languages | Ann Lee
        Training | Carers speak to new staff | Di Fox
        => ?theme | intended_change | owner
    """,
    "must do": """
        == Tracker
        Action ID | Core Service | Regulation | Must/Should | CQC finding | Planned action | Executive Lead | Operational Lead | BRAG
        M1 | Surgery | Reg 12 | Must | Hands are not washed | Weekly look on each ward | Mary Khan | Jo Shah | G
        S2 | Medicine | Regulation 17(2)(b) | Should | Registers are old | Monthly review | Mary Khan | Ann Lee | A
        => ref | theme | regulation | must_should | issue | intended_change | accountable_lead | owner | -
    """,
    "audit committee": """
        == Actions
        Audit Title | Rec No | Finding | Agreed Action | Responsible Officer | Original Target Date | Revised Target Date | Q1 update | Q2 update
        Payroll | 1 | Leavers are paid late | Weekly list | Head of HR | 31/03/2026 | 30/06/2026 | drafted | sent
        Parking | 2 | Permits are not checked | Ten a month | Parking manager | 30/04/2026 | | first ten | all good
        => theme | ref | issue | intended_change | owner | due | forecast | - | progress
    """,
    "peer review": """
        == Plan
        Peer Recommendation | Council response | Actions | Portfolio Holder | Lead Officer | Deadline | Status
        Set a clear aim for the town | Agreed | Hold a town debate | Cllr Ann Reed | Jo Shah | 31/05/2026 | In progress
        Train the chairs of panels | Agreed in part | Two half days | Cllr Bob Hill | Di Fox | 31/07/2026 | Not started
        => issue | - | intended_change | accountable_lead | owner | due | status
    """,
    "charity": """
        == Risks
        Significant hazard | Step 2 Assess risk (likelihood x severity) | Step 3 Existing controls | Step 4 Further action needed
        Trustees lack skills | 4 (2x2) | Wide range of trades | Ask each trustee what they know
        Interests conflict | 6 (3x2) | Register at each meeting | None
        => issue | - | interim_control | intended_change
    """,
    "gap assessment": """
        == Gaps
        Clause/Control Number | Standard Name | Current State | Status | Gap | Recommendation | Direction
        Clause 9 | Audit | Nobody has looked at it | Not Implemented | No audit since May | Ask a neighbour to audit | up
        Control 5 | Access | Doors have keys | Partially Implemented | Keys are not listed | List each key | down
        Control 7 | Screens | Screens stay on | Implemented | Screens stay on at lunch | Lock them after a minute | up
        => - | theme | - | ?status | issue | intended_change | -
    """,
    "two identifiers": """
        == Tracker
        Remediation ID | Risk ID | Finding Title | Business Impact | Corrective Action Plan | Owner | Due Date
        REM-1 | RSK-4 | Fridge log has gaps at weekends | High (stock may spoil) | Name a person each weekend | Jo Shah | 31/03/2026
        REM-2 | RSK-4 | Two keys are not in the safe | High (keys are lost) | List every key | Ann Lee | 30/04/2026
        => ref | risk_ref | ?issue | - | intended_change | owner | due
    """,
    "intent": """
        == Plan
        Intent | Implementation | Impact / Performance Indicators | Monitoring actions
        Governors are well informed | Training for each new governor | Log of training is full | Clerk looks each term
        Governors ask hard questions | Two visits a term | Questions are in the minutes | Chair looks each term
        => issue | intended_change | success_measure | -
    """,
    "levels below headings of texts": """
        == Assessment
        Hazard | Control measures | Risk | Recommended controls | Result | Owner
        Bench is wet near the sink | Mats at each bench | Medium | Fit a drain below the sink | Minor NC | Jo Shah
        Bottles have no labels | Pens in each room | High | Print labels each Monday | Conforming | Ann Lee
        Gloves are torn | New box each week | Low | Order a thicker kind | Minor NC | Jo Shah
        Stools block the door | Lines on the floor | High | Hang the stools up | Minor NC | Di Fox
        Lamp is loose | Tape | Low | Screw the lamp down | Conforming | Di Fox
        => issue | ?interim_control | - | intended_change | - | owner
    """,
    "answers below headings of texts": """
        == Gaps
        Ref | Finding | Safeguard | Action | Success measure | Comments
        1 | Keys are not listed | Physical | List each key | 50% | 31/03/2026
        2 | Staff do not know the plan | Administrative | Show it at each handover | 100% | 30/04/2026
        3 | Doors are left open | Physical | Fit a closer to each | 80% | 31/05/2026
        4 | Nobody reads the log | Administrative | Read it on Mondays | 95% | 30/06/2026
        5 | Window does not shut | Physical | Ask a joiner to look | 100% | 31/07/2026
        => ref | issue | ?interim_control | intended_change | success_measure | ?progress
    """,
    "none in place of an empty cell": """
        == Checks
        No | Finding | Remediation requirement | Owner
        1.1 | Post is open on the desk | Lock the desk at night | Jo Shah
        1.2 | Nothing was found in the hall | None | Ann Lee
        1.3 | Nothing was found in the loft | None | Ann Lee
        1.4 | Nothing was found upstairs | None | Di Fox
        1.5 | Rota shows old names | Print the rota each week | Di Fox
        => ref | issue | intended_change | owner
    """,
    "calls": """
        == Log
        Date | Client | Item | Owner | Due Date | Status | Priority
        2026-01-05 | Elm | Send photos | Jo Shah | 2026-01-31 | Pending | High
        2026-01-06 | Ash | Set up form | Ann Lee | 2026-02-28 | Complete | Low
        => ?start | - | intended_change | owner | due | status | -
    """,
    "decisions next to action items": """
        == Action items
        # | Description | Owner | Date needed | Status
        A-1 | Order a lock for the shed and fit it | Jo Shah | 31/03/2026 | In progress
        A-2 | Ask the landlord to mend the gate | Ann Lee | 30/04/2026 | Complete
        => ref | intended_change | owner | due | status

        == Decisions
        # | Description | Owner | Date | Comments
        D-1 | The team meets by telephone this spring | Jo Shah | 05/01/2026 | Everyone has the number
        D-2 | The shed stays where it is until autumn | Ann Lee | 09/02/2026 | Neighbours were told of it
        => none
    """,
    "scores to 10 and controls to come": """
        == Risk register
        ID | Risk | Probability (0-10) | Impact (0-10) | Proposed mitigation | Action | Owner | Due date
        1 | Lift stops between floors | 3 | 4 | Buy a second lift next year | Yearly contract with the maker | Sam Cole | 31/03/2026
        2 | Loss of power at night | 2 | 5 | A generator of our own some day | Hire a generator for winter | Di Fox | 30/04/2026
        => ref | issue | - | - | ?intended_change | intended_change | owner | due
    """,
    "what standards require": """
        == Gap analysis
        Standard | Control description | Weakness | Target score (1-4) | Recommended action | Owner
        3.1.1 | Keys are held by named people | Two keys are in a drawer | 3 | Buy a key safe for the office | Sam Cole
        3.1.2 | Visitors sign in and out | The book is not at the door | 4 | Move the book to the porch | Di Fox
        => ?ref | ?interim_control | issue | ?risk_target | intended_change | owner
    """,
    "titles of actions": """
        == Action items
        Title | Owner | Due date | Status
        Buy a key safe for the office | Sam Cole | 31/03/2026 | In progress
        Move the book to the porch | Di Fox | 30/04/2026 | Complete
        => intended_change | owner | due | status
    """,
    "titles of something": """
        == Sheet1
        Title | Owner | Due date | Status
        Buy a lamp for the hall | Sam Cole | 31/03/2026 | In progress
        Move the bench to the shed | Di Fox | 30/04/2026 | Complete
        => ?intended_change | owner | due | status
    """,
    "details of tasks": """
        == Spring
        1.Task | 2.Details | 3.Designated department | 4.Due date
        Buy a key safe | One with six hooks, for the wall by the door | Facilities team | 31/03/2026
        Move the visitors' book | To the porch, with a pen on a chain | Office team | 30/04/2026
        => intended_change | ?issue | owner | due
    """,
    "a project's schedule": """
        == Project schedule
        ID | Task name | Start date | End date | Assigned to | Status
        1 | Kitchen design | 05/01/2026 | 31/01/2026 | Sam Cole | Complete
        2 | Flooring and paint | 01/02/2026 | 28/02/2026 | Di Fox | In progress
        3 | Furniture delivery | 01/03/2026 | 31/03/2026 | Sam Cole | Not started
        4 | Opening day | 01/04/2026 | 02/04/2026 | Di Fox | Not started
        5 | Snag list | 03/04/2026 | 30/04/2026 | Di Fox | Not started
        => ?ref | ?intended_change | ?start | ?due | ?owner | ?status
        == Cleaning
        Activity | Duration | Owner | Due date
        Windows of the west wing | 2 days | Sam Cole | 31/03/2026
        Carpets of the lounge | 1 day | Di Fox | 30/04/2026
        => none
    """,
    "tests of a system": """
        == Acceptance tests
        Test case ID | Description | Expected result | Tester | Status
        T-1 | Open the rota on a telephone | Names fit on the screen | Jo Shah | Open
        T-2 | Print the rota of next week | One page for each floor | Ann Lee | Closed
        => none
    """,
    "requirements": """
        == Requirements
        Requirement ID | Requirement description | Owner | Due date | Status
        RQ-1 | The rota shows who is on call at night | Jo Shah | 31/03/2026 | Open
        RQ-2 | Families can see the menu of the week | Ann Lee | 30/04/2026 | Closed
        => none
    """,
    "controls of a standard": """
        == Controls
        Control ID | Description | Owner | Status
        C-1 | Keys are held by named people only | Jo Shah | Implemented
        C-2 | Visitors sign in at the door and out again | Ann Lee | In progress
        => none
    """,
    "who tells whom": """
        == Communication plan
        Audience | Purpose | Owner (sender) | Timing (when)
        Families | What changes in the kitchen | Jo Shah | Every Tuesday in May
        Night staff | When the new rota begins | Ann Lee | Monthly until July
        => none
    """,
    "a checklist of questions": """
        == Walk round
        No | Question | Action | Owner | Due date
        1 | Are all fire doors shut? | Fit a closer to the lounge door | Sam Cole | 31/03/2026
        2 | Is the sluice locked at night? | Give each senior a key | Di Fox | 30/04/2026
        3 | Do residents have a call bell? | Replace the two in the west wing | Sam Cole | 30/04/2026
        => ref | ?issue | intended_change | owner | due
    """,
    "people below a heading of texts": """
        == Parish
        No | Item | Action | Progress | Due date | Status
        1 | Write an emergency plan for the village hall | Clerk | 50% | 31/03/2026 | Open
        2 | Ask three firms for the price of a new gate | Clerk | 10% | 30/04/2026 | Open
        3 | Repaint the bench next to the bus stop | Treasurer | 100% | 31/05/2026 | Closed
        4 | Move the notice board away from the road | Clerk | 0% | 30/06/2026 | Open
        5 | Count the lamps that do not work at night | Chair | 25% | 31/07/2026 | Open
        => ref | intended_change | ?owner | ?progress | due | status
    """,
    "names below Issue": """
        == Suppliers
        No | Issue | Brief description | Next steps | Owner | Due date
        1 | Elm Bakery | Bread came two hours late on four days in June | Agree a penalty for each late day | Di Fox | 31/07/2026
        2 | Ash Linen | Sheets of another home were in the bags | Ask for bags with our name | Sam Cole | 31/08/2026
        3 | Oak Taxis | Nobody came for the hospital visit on 3 June | Find a second firm for visits | Di Fox | 31/08/2026
        => ref | issue | issue | intended_change | owner | due
    """,
    "two things in one heading": """
        == Standards
        Ref | Finding | Evidence / Notes | Control measures / Comments | Recommended action | Owner
        S1 | Keys are in an open drawer | Seen on the walk round in May | Night staff know it | Buy a key safe for the office | Sam Cole
        S2 | The visitors' book is not used | Three names in a week of June | A sign is on the desk | Move the book to the porch | Di Fox
        => ref | issue | - | - | intended_change | owner
    """,
    "sentences and one word below a theme": """
        == Risks
        Ref | Risk | Likelihood | Impact | Objective | Type | Response
        1 | Lift stops between floors | 3 | 4 | Reduce the number of breakdowns | PREVENTIVE | Yearly contract with the maker
        2 | Loss of power at night | 2 | 5 | Keep the lights on at night | PREVENTIVE | Hire a generator for winter
        3 | Bins overflow at weekends | 4 | 2 | Reduce the number of rats | PREVENTIVE | Ask for a second collection
        4 | Gate does not lock at night | 3 | 3 | Keep strangers out of the garden | PREVENTIVE | Fit a new lock to the gate
        5 | Hoist battery is flat | 3 | 4 | Keep two hoists ready | PREVENTIVE | Charge it after each round
        => ref | issue | likelihood_start | consequence_start | - | - | intended_change
    """,
    "kinds of response": """
        == Risks
        Ref | Risk | Likelihood | Impact | Potential response | Owner | Verified by
        1 | Lift stops between floors | 3 | 4 | Risk transference | Sam Cole | Not yet
        2 | Loss of power at night | 2 | 5 | Risk avoidance | Di Fox | Not yet
        3 | Bins overflow at weekends | 4 | 2 | Risk acceptance | Di Fox | Not yet
        => ref | issue | likelihood_start | consequence_start | - | owner | ?verified_by
    """,
    "words below Status that are none": """
        == Actions
        Ref | Issue | Action | Owner | Due date | Status
        1 | Keys are in an open drawer | Buy a key safe for the office | Sam Cole | 31/03/2026 | ASSUMED
        2 | The visitors' book is not used | Move the book to the porch | Di Fox | 30/04/2026 | OPEN
        3 | Bins overflow at weekends | Ask for a second collection | Di Fox | 30/04/2026 | NO_SOURCE_FOUND
        4 | Gate does not lock at night | Fit a new lock to the gate | Sam Cole | 31/05/2026 | ASSUMED
        => ref | issue | intended_change | owner | due | ?status
    """,
    "words of a Status with more behind": """
        == Actions
        Ref | Issue | Action | Owner | Due date | Status
        1 | Keys are in an open drawer | Buy a key safe for the office | Sam Cole | 31/03/2026 | IN_PROGRESS (80%)
        2 | The visitors' book is not used | Move the book to the porch | Di Fox | 30/04/2026 | Closed 03/02/2026
        3 | Bins overflow at weekends | Ask for a second collection | Di Fox | 30/04/2026 | partly-done
        4 | Gate does not lock at night | Fit a new lock to the gate | Sam Cole | 31/05/2026 | With the landlord
        => ref | issue | intended_change | owner | due | status
    """,
    "how far controls are met": """
        == Sheet1
        Control ID | Finding | Status | Recommended action | Owner | Due date
        K-1 | Keys are in an open drawer | Implemented | Buy a key safe for the office | Sam Cole | 31/03/2026
        K-2 | The visitors' book is not used | Not implemented | Move the book to the porch | Di Fox | 30/04/2026
        K-3 | Bins overflow at weekends | Partially implemented | Ask for a second collection | Di Fox | 30/04/2026
        => ref | issue | ?status | intended_change | owner | due
    """,
    "actions that are implemented": """
        == Action plan
        Ref | Finding | Control measures | Action | Owner | Due date | Status
        1 | Keys are in an open drawer | Night staff know it | Buy a key safe for the office | Sam Cole | 31/03/2026 | Implemented
        2 | The visitors' book is not used | A sign is up | Move the book to the porch | Di Fox | 30/04/2026 | Not implemented
        3 | Bins overflow at weekends | Bags are in the shed | Ask for a second collection | Di Fox | 30/04/2026 | Partially implemented
        => ref | issue | ?interim_control | intended_change | owner | due | status
    """,
    "a few lines of advice beside a plan": """
        == Plan
        Issue | Action | Owner | Due date
        The lift stops | Ask the maker for a yearly service | Sam Cole | 31/03/2026
        Night staff are short | Recruit two seniors for the nights | Jo Shah | 31/03/2026
        The freezer fails | Fit an alarm on the door | Di Fox | 30/04/2026
        => issue | intended_change | owner | due
        == Advice
        Risk | Recommended action
        The home is not ready for winter | Follow the winter plan and review it in May
        Nobody knows who decides | Agree who decides and write it down
        => ?issue | ?intended_change
    """,
    "a roadmap of the same actions": """
        == Plan
        Issue | Action | Owner | Due date
        The lift stops | Ask the maker for a yearly service | Sam Cole | 31/03/2026
        Night staff are short | Recruit two seniors for the nights | Jo Shah | 31/03/2026
        The freezer fails | Fit an alarm on the door | Di Fox | 30/04/2026
        => issue | intended_change | owner | due
        == Roadmap
        Ref | Action | Owner
        1 | Ask the maker for a yearly service | Sam Cole
        2 | Recruit two seniors for the nights | Jo Shah
        3 | Fit an alarm on the door | Di Fox
        => ?ref | ?intended_change | ?owner
    """,
    "the key of a scale in numbers": """
        == Risks
        Risk | Likelihood | Impact | Action | Owner
        The lift stops | 2 | 4 | Ask the maker for a yearly service | Sam Cole
        Night staff are short | 3 | 3 | Recruit two seniors for the nights | Jo Shah
        => issue | likelihood_start | consequence_start | intended_change | owner
        == Scale
        Score | Level | Description | Action required
        1 | Low | It happens once in five years | Review the risk at the yearly meeting
        2 | Medium | It happens every year | Review the risk every three months
        3 | High | It happens every month | Tell the director and act at once
        => none
    """,
    "descriptions of what is to be met": """
        == Review
        Requirement | Description | Gap | Recommended action | Owner | Due date
        Access | Doors are locked at night and keys are counted | Keys are not counted | Count the keys at each handover | Sam Cole | 31/03/2026
        Fire | Exits are clear and signed in every room | Sign in the hall is missing | Buy a sign for the hall | Jo Shah | 31/03/2026
        Food | Fridges are read twice a day and noted | No reading at weekends | Ask the weekend cook to read it | Di Fox | 30/04/2026
        => ?issue | ?issue | issue | intended_change | owner | due
    """,
    "an example of how to fill in": """
        == Plan
        Issue | Action | Owner | Due date
        The lift stops | Ask the maker for a yearly service | Sam Cole | 31/03/2026
        Night staff are short | Recruit two seniors for the nights | Jo Shah | 31/03/2026
        => issue | intended_change | owner | due
        == Example
        Ref | Finding | What we will do | Who | By when
        1 | Care plans are late | Review ten plans a week | Ann Lee | 31/03/2026
        2 | Lounge is cold | Buy a second heater | Al Fox | 31/03/2026
        => ?ref | ?issue | ?intended_change | ?owner | ?due
    """,
    "two columns that mean the owner": """
        == Tasks
        Issue | Action | Project lead | Assignee | Due date
        The lift stops | Ask the maker for a yearly service | Mary Khan | Sam Cole | 31/03/2026
        Night staff are short | Recruit two seniors for the nights | Mary Khan | Jo Shah | 31/03/2026
        The freezer fails | Fit an alarm on the door | Mary Khan | Di Fox | 30/04/2026
        => issue | intended_change | ?owner | ?owner | due
    """,
    "controls that are only planned": """
        == Risks
        Risk | Likelihood | Severity | Existing controls | Owner
        The lift stops | 2 | 4 | If it stops, residents would dine upstairs | Sam Cole
        Night staff are short | 3 | 3 | The agency will send two nurses | Jo Shah
        The freezer fails | 2 | 3 | Meals could be bought in | Di Fox
        => issue | likelihood_start | consequence_start | ?interim_control | owner
    """,
    "controls and mitigations": """
        == Risks
        Risk | Likelihood | Severity | Mitigating controls | Owner
        The lift stops | 2 | 4 | Yearly service by the maker | Sam Cole
        Night staff are short | 3 | 3 | Bank staff on call | Jo Shah
        The freezer fails | 2 | 3 | Alarm on the door | Di Fox
        => issue | likelihood_start | consequence_start | ?interim_control | owner
    """,
    "a control next to each issue": """
        == Follow-up
        Ref | Issue | Control | Action | Owner | Due date | Status
        1 | Keys are in an open drawer | A.5.30 | Buy a key safe for the office | Sam Cole | 31/03/2026 | Implemented
        2 | The visitors' book is not used | A.6.3 | Move the book to the porch | Di Fox | 30/04/2026 | In progress
        => ref | issue | ?interim_control | intended_change | owner | due | status
    """,
    "the state of each control": """
        == Controls
        Control ID | Control | Issue | Action | Owner | Due date | Status
        A.5.30 | Keys | Keys are in an open drawer | Buy a key safe for the office | Sam Cole | 31/03/2026 | Partially implemented
        A.6.3 | Visitors | The visitors' book is not used | Move the book to the porch | Di Fox | 30/04/2026 | Not implemented
        => ref | !interim_control | issue | intended_change | owner | due | !status
    """,
    "places in a standard": """
        == Action plan
        Ref | Requirement | Action | Owner | Due date | Status
        1 | ISO 9001 Clause 7.2 | Train two seniors as auditors | Sam Cole | 31/03/2026 | Open
        2 | ISO 9001 Clause 8.4 | Ask the laundry for its records | Di Fox | 30/04/2026 | Open
        => ref | !issue | intended_change | owner | due | status
    """,
    "requirements that are to be met": """
        == Action plan
        Ref | Requirement | Action | Owner | Due date | Status
        1 | Staff are trained before they lift | Train two seniors as auditors | Sam Cole | 31/03/2026 | Open
        2 | Laundry is kept apart | Ask the laundry for its records | Di Fox | 30/04/2026 | Open
        => ref | ?issue | intended_change | owner | due | status
    """,
    "a roadmap that repeats the issues": """
        == Issues
        Ref | Issue | What we will do | Owner | Due date | Status
        1 | Keys are in an open drawer | Buy a key safe for the office | Sam Cole | 31/03/2026 | Open
        2 | The visitors' book is not used | Move the book to the porch | Di Fox | 30/04/2026 | Open
        3 | Night checks are not signed | Sign each check on the chart | Di Fox | 30/04/2026 | Open
        => ref | issue | intended_change | owner | due | status
        == Roadmap
        Action | Due date | Status
        Keys are in an open drawer | 31/03/2026 | Open
        The visitors' book is not used | 30/04/2026 | Open
        => ?intended_change | ?due | ?status
    """,
    "a lone description that says what to do": """
        == Spring
        Priority | Description | Date | Status
        1 | Buy a key safe for the office | 31/03/2026 | In progress
        2 | Move the visitors' book to the porch | 30/04/2026 | Complete
        3 | Ask for a second collection of bins | 30/04/2026 | Complete
        => - | ?intended_change | ?due | ?status
    """,
    "items that are risks, and how they are met": """
        == Spring
        Item | P | I | Resolved | How
        The van breaks down | 8 | 20 | 01/03/2026 | Hire a second van for the week
        Two cooks are ill | 1 | 100 | 01/04/2026 | Ask the agency for a cook
        The hall is double booked | 2 | 40 | 01/05/2026 | Book the church hall as well
        => !intended_change | - | - | - | ?intended_change
    """,
    "risks that name a work package": """
        == Risks
        Risk ID | WBS | Risk | Probability | Impact | Mitigation | Owner
        R1 | 1.1 | The lift stops | High | Medium | Ask the maker for a yearly service | Sam Cole
        R2 | 1.2 | Night staff are short | Low | High | Recruit two seniors for the nights | Jo Shah
        => ref | - | issue | likelihood_start | consequence_start | intended_change | owner
    """,
    "percentages of a likelihood": """
        == Risks
        Risk ID | Risk | Likelihood | Mitigation | Owner
        R1 | The lift stops | 20.00% | Ask the maker for a yearly service | Sam Cole
        R2 | Night staff are short | 5.00% | Recruit two seniors for the nights | Jo Shah
        => ref | issue | - | intended_change | owner
    """,
    "names of things as references": """
        == Actions
        Item | Issue | Action | Owner | Due date
        Kitchen | Meals are cold | Buy a heated trolley for the first floor | Di Fox | 31/03/2026
        Garden | The gate does not lock | Fit a new lock to the gate | Sam Cole | 31/03/2026
        => !ref | issue | intended_change | owner | due
    """,
    "a first row with levels and states": """
        == Plan
        Priority | Area | Status | Action | Owner
        High | Kitchen | Completed | Buy a heated trolley for the first floor | Di Fox
        High | Garden | Completed | Fit a new lock to the gate | Sam Cole
        Low | Office | In progress | Buy a key safe for the office | Sam Cole
        => - | theme | status | intended_change | owner
    """,
    "a name and a description of each risk": """
        == Risks
        Ref | Risk title | Risk description | Likelihood | Impact | Action | Owner
        1 | Lift | The lift stops between floors | 2 | 4 | Ask the maker for a yearly service | Sam Cole
        2 | Nights | Night staff are short of people | 3 | 3 | Recruit two seniors for the nights | Jo Shah
        => ref | issue | issue | likelihood_start | consequence_start | intended_change | owner
    """,
    "scores to 3, and scores after treatment": """
        == Risks
        Ref | Risk | Likelihood (1-3) | Impact (1-3) | Mitigation | New likelihood | New impact | Owner
        1 | The lift stops | 3 | 3 | Ask the maker for a yearly service | 2 | 3 | Sam Cole
        2 | Night staff are short | 2 | 1 | Recruit two seniors for the nights | 1 | 1 | Jo Shah
        => ref | issue | - | - | intended_change | likelihood_now | consequence_now | owner
    """,
    "a brief issue, and its description further right": """
        == Issues
        Ref | Issue | Status | Date raised | Owner | Description
        1 | Keys | Open | 01/03/2026 | Sam Cole | The keys of the office are in an open drawer
        2 | Visitors | Open | 02/03/2026 | Di Fox | Nobody asks visitors to sign the book
        => ref | issue | status | start | owner | issue
    """,
    "two rows of headings, one of them a word of a state": """
        == Risks
        Risk ID | Description | Current risk | < | Owner | Mitigation | Residual risk | <
        ^ | ^ | L | I | ^ | ^ | L | I
        R1 | The lift stops between floors | 2 | 4 | Sam Cole | Ask the maker for a yearly service | 1 | 4
        R2 | Night staff are short of people | 3 | 3 | Jo Shah | Recruit two seniors for the nights | 2 | 3
        => ref | issue | likelihood_now | consequence_now | owner | intended_change | ?likelihood_now | ?consequence_now
    """,
    "what is done if the risk happens": """
        == Risks
        Risk | Likelihood | Impact | Mitigation | Contingency | Owner
        The lift stops | 2 | 4 | Ask the maker for a yearly service | Use the lift of the clinic | Sam Cole
        Night staff are short | 3 | 3 | Recruit two seniors for the nights | Call the agency | Jo Shah
        => issue | likelihood_start | consequence_start | intended_change | !interim_control | owner
    """,
    "names of controls, and what is found": """
        == Gaps
        Control name | Finding | Recommendation | Owner | Due date
        Access to rooms | Keys are in an open drawer | Buy a key safe for the office | Sam Cole | 31/03/2026
        Visitors in the home | The visitors' book is not used | Move the book to the porch | Di Fox | 30/04/2026
        => !interim_control | issue | intended_change | owner | due
    """,
    "regulations of another law": """
        == Action plan
        Ref | Regulation | Issue | Action | Owner | Due date | Status
        1 | Food hygiene | Fridge log has gaps | Name a person each weekend | Sam Cole | 31/03/2026 | Open
        2 | Fire order | Gate does not lock at night | Fit a new lock to the gate | Di Fox | 30/04/2026 | Open
        => ref | ?regulation | issue | intended_change | owner | due | status
    """,
    "nobody below Owner": """
        == Action plan
        Ref | Issue | Action | Owner | Due date | Status
        1 | Keys are in an open drawer | Buy a key safe for the office | TBD | 31/03/2026 | Open
        2 | The visitors' book is not used | Move the book to the porch | TBD | 30/04/2026 | Open
        => ref | issue | intended_change | ?owner | due | status
    """,
    "tasks that say what is done": """
        == Spring
        Task | Owner | Due date | Status
        Buy a key safe for the office | Sam Cole | 31/03/2026 | In progress
        Move the visitors' book to the porch | Di Fox | 30/04/2026 | Complete
        => intended_change | owner | due | status
    """,
}
"""Each plan as its tabs: titles, headings, rows; “<” and “^” are merged with the cell to the left and above. The last line of a
tab has the fields of its columns; a field of actions by its key."""
DATE = re.compile(r"\d\d/\d\d/\d{4}")


def typed(text: str) -> object:
    if DATE.fullmatch(text):
        return datetime.strptime(text, "%d/%m/%Y")
    return int(text) if text.isdecimal() else text or None


def fill(sheet: Worksheet, lines: list[list[str]]) -> None:
    """Write lines of cells, and merge those marked."""
    for row, cells in enumerate(lines, 1):
        for column, text in enumerate(cells, 1):
            if text not in ("<", "^"):
                sheet.cell(row, column, typed(text))
    for row, cells in enumerate(lines, 1):
        for column, text in enumerate(cells, 1):
            right = next(
                (end for end in range(column + 1, len(cells) + 1) if cells[end - 1 : end] != ["<"]), len(cells) + 1
            )
            below = row < len(lines) and lines[row][column - 1 : column] == ["^"]
            if text not in ("<", "^") and (right > column + 1 or below):
                sheet.merge_cells(start_row=row, start_column=column, end_row=row + below, end_column=right - 1)


def tabs_of(text: str) -> list[tuple[str, list[list[str]], list[str]]]:
    """The tabs of a plan: title, lines of cells, fields."""
    found = []
    for block in re.split(r"^ *== ", text, flags=re.MULTILINE)[1:]:
        title, *lines = (line.strip() for line in block.rstrip().splitlines())
        cells = [[cell.strip() for cell in line.split("|")] for line in lines]
        fields = [cell.removeprefix("=>").strip() for cell in cells.pop()]
        found.append((title, cells, fields))
    return found


def plan_of(path: Path, text: str) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines, _ in tabs_of(text):
        fill(book.create_sheet(title), lines)
    book.save(path)
    return path


def full(field: str) -> str:
    """The field of a column: -, for none; ?owner, for a question to a person with this guess; !owner, if it is not filled in for them."""
    if field.startswith(("?", "!")):
        return f"{field[0]}{full(field[1:])}"
    return "" if field == "-" else field if "." in field else f"actions.{field}"


def is_open(field: str) -> bool:
    """True for a column that a person is asked about, and for a table without fields."""
    return field == "none" or field.startswith(("?", "!"))


def is_filled(field: str) -> bool:
    """True for a column that is carried into a field unasked."""
    return field != "-" and not is_open(field)


def proposal(line: ColumnMapping, wanted: str) -> str:
    """The field of a column, or the guess if a person is to be asked; after “!” one that something speaks against."""
    if line.field or not is_open(wanted):
        return line.field
    doubted = wanted.startswith("!") and line.confidence < LIKELY
    return f"{'!' if doubted else '?'}{line.guess}"


def proposed(path: Path) -> AdoptMapping:
    return propose_mapping([open_old_workbook(path)], find_template("core"), [OAK])


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_mapped_as_a_person_would(name: str, tmp_path: Path) -> None:
    path = plan_of(tmp_path / "plan.xlsx", LAYOUTS[name])
    mapping = proposed(path)
    for title, _, fields in tabs_of(LAYOUTS[name]):
        (table,) = [table for table in mapping.table if table.sheet == title]
        wanted = [] if fields == ["none"] else list(map(full, fields))
        pairs = zip(table.column, wanted, strict=True) if wanted else ((line, "") for line in table.column)
        assert [proposal(*pair) for pair in pairs] == (wanted or [""] * len(table.column)), [
            line.heading for line in table.column
        ]
        assert table.into == ("actions" if any(map(is_filled, fields)) else "")


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_becomes_a_tracker_with_all_of_its_rows(name: str, tmp_path: Path) -> None:
    core, path = find_template("core"), plan_of(tmp_path / "plan.xlsx", LAYOUTS[name])
    old = open_old_workbook(path)
    (done,) = adopt_workbooks([old], propose_mapping([old], core, [OAK]), core, [OAK], Period(2026, 3))
    assert done.reconciles
    rows = sum(len(data(lines)) for _, lines, fields in tabs_of(LAYOUTS[name]) if any(map(is_filled, fields)))
    plan = done.plans.get("OAK", AdoptedPlan())
    assert len(plan.rows["actions"]) + sum(not risk.actions for risk in plan.risks) == rows


def data(lines: list[list[str]]) -> list[list[str]]:
    """The rows below the headings: the widest lines without merged cells, but for the headings above them."""
    widest = max(map(len, lines))
    full_lines = [line for line in lines if len(line) == widest and "<" not in line and "^" not in line]
    return full_lines if any("^" in line for line in lines) else [line for line in full_lines[1:] if line[0]]


SCORE_WORDS = """
    == Risks
    Ref | Risk | Likelihood | Impact | Action | Owner
    1 | Lift stops between floors | Almost certain | Catastrophic | Yearly contract with the maker | Sam Cole
    2 | Loss of power at night | Unlikely | 4 - Major | Hire a generator | Sam Cole
    3 | Bins overflow | Quite often | Low | Second collection | Di Fox
    4 | Gate does not lock | 3 | M | New lock | Di Fox
    => ref | issue | likelihood_start | consequence_start | intended_change | owner
"""


def test_a_regulation_is_known_by_its_number(tmp_path: Path) -> None:
    (table,) = proposed(plan_of(tmp_path / "plan.xlsx", LAYOUTS["must do"])).table
    assert table.words["actions.regulation"] == {
        "Reg 12": "12 Safe care and treatment",
        "Regulation 17(2)(b)": "17 Good governance",
    }


def test_words_of_a_likelihood_and_a_consequence_become_scores_that_a_person_can_change(tmp_path: Path) -> None:
    core, path = find_template("core"), plan_of(tmp_path / "plan.xlsx", SCORE_WORDS)
    old = open_old_workbook(path)
    mapping = proposed(path)
    (table,) = mapping.table
    assert table.words["actions.likelihood_start"] == {"Almost certain": "5", "Unlikely": "2", "Quite often": ""}
    assert table.words["actions.consequence_start"] == {"Catastrophic": "5", "4 - Major": "4", "Low": "2", "M": "3"}
    text = mapping_text(mapping, core)
    assert '"Quite often" = ""' in text
    by_hand = tmp_path / "adopt.toml"
    by_hand.write_text(text.replace('"Quite often" = ""', '"Quite often" = "4"'), "utf-8")
    changed = read_mapping(by_hand, core)
    for used, likelihood in ((mapping, "Quite often"), (changed, 4)):
        (done,) = adopt_workbooks([old], used, core, [OAK], Period(2026, 3))
        rows = done.plans["OAK"].rows["actions"]
        assert [row["likelihood_start"] for row in rows] == [5, 2, likelihood, 3]
        assert [row["consequence_start"] for row in rows] == [5, 4, 2, 3]
        assert done.reconciles


@pytest.mark.parametrize("heading", ["Severity", "Impact", "Likelihood"])
def test_words_of_one_of_the_two_scores_are_a_level_and_stay_as_they_are(heading: str, tmp_path: Path) -> None:
    text = f"""
        == Log
        Ref | Issue | {heading} | Action | Owner
        1 | Lounge is cold | High | Bleed the radiators | Sam Cole
        2 | Post is not opened | Low | Daily check | Lee Brown
        => none
    """
    (table,) = proposed(plan_of(tmp_path / "plan.xlsx", text)).table
    assert [line.field for line in table.column if line.heading == heading] == [""]


def test_a_guess_from_values_alone_says_its_doubt(tmp_path: Path) -> None:
    mapping = proposed(plan_of(tmp_path / "plan.xlsx", LAYOUTS["unknown headings"]))
    (table,) = mapping.table
    assert table.is_asked_about
    assert all(line.confidence < SURE for line in table.column if line.guess != "actions.ref")
    core = find_template("core")
    guess = "actions.owner, 57% sure ({}): Anna Lee | Peter Fox"
    assert guess.format("write it if this is right") in mapping_text(mapping, core)
    assert guess.format("empty it if this is wrong") in mapping_text(mapping.with_guesses(core), core)


@pytest.mark.parametrize("heading", ["Action {}", "Due {} of the owner", "Zqx{}v"])
def test_a_very_wide_sheet_is_read_within_its_limits(heading: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Wide")
    for text in (heading, "Jo {}", "Fix door {}"):
        sheet.append([text.format(f"{number}x") for number in range(2000)])
    book.save(tmp_path / "wide.xlsx")
    (table,) = proposed(tmp_path / "wide.xlsx").table
    assert len(table.column) == MOST_COLUMNS
