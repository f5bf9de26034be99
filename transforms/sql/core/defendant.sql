-- One row per defendant in a case (defendant-case, the unit of count of the Bureau of Justice Statistics).
-- A research source counts charges by outcome: one count guilty at trial outranks a plea, and both outrank the rest.
-- It does not tell a superseding instrument from a first one, so its defendants are dated by their case's first charge,
-- as the collection's own tables count them.
with court_case as (select * from core.court_case),

filed as (select * from core.defendant_filed),

outcome as (select * from core.defendant_outcome),

rolled_up as (select * from staging.defendant_record)

select
    filed.source,
    concat(filed.source, '/', filed.district, '/', filed.matter_ref, '/', filed.participant_ref) as defendant_key,
    court_case.case_key,
    filed.charged_on,
    outcome.outcome,
    outcome.disposed_on,
    filed.delivery,
    filed.file,
    filed.line
from filed
inner join court_case on concat(filed.source, '/', filed.district, '/', filed.matter_ref) = court_case.case_key
left join outcome
    on
        filed.district = outcome.district
        and filed.matter_ref = outcome.matter_ref
        and filed.participant_ref = outcome.participant_ref

union all

select
    rolled_up.agency as source,
    concat(rolled_up.agency, '/', rolled_up.case_ref, '/', rolled_up.defendant_ref) as defendant_key,
    court_case.case_key,
    court_case.filed_on as charged_on,
    case
        when rolled_up.outcome is not null then rolled_up.outcome
        when rolled_up.n_counts_guilty_trial > 0 then 'CONVICTED_TRIAL'
        when rolled_up.n_counts_guilty_plea > 0 then 'CONVICTED_PLEA'
        when rolled_up.n_counts_not_guilty > 0 then 'ACQUITTED'
        when rolled_up.n_counts_nolle > 0 or rolled_up.n_counts_dismissed > 0 then 'DISMISSED'
    end as outcome,
    rolled_up.disposed_on,
    rolled_up.delivery,
    rolled_up.file,
    rolled_up.line
from rolled_up
inner join court_case on concat(rolled_up.agency, '/', rolled_up.case_ref) = court_case.case_key
