-- One row per defendant in a case (defendant-case, the unit of count of the Bureau of Justice Statistics).
-- A research source counts charges by outcome: one count guilty at trial outranks a plea, and both outrank the rest.
-- It does not tell a superseding instrument from a first one, so its defendants are dated by their case's first charge,
-- as the collection's own tables count them; a prison term there is dated by the end of the case.
with filed as (select * from core.defendant_filed),

outcome as (select * from core.defendant_outcome),

charge as (select * from core.defendant_charge),

sentence as (select * from core.defendant_sentence),

rolled_up as (select * from staging.defendant_record)

select
    filed.source,
    concat(filed.source, '/', filed.district, '/', filed.matter_ref, '/', filed.participant_ref) as defendant_key,
    court_case.case_key,
    filed.district,
    filed.matter_ref,
    filed.participant_ref,
    filed.defendant_number,
    filed.charged_on,
    outcome.outcome,
    outcome.is_tried,
    outcome.disposed_on,
    charge.is_charged_chapter77,
    charge.has_guilty_count,
    charge.is_convicted_chapter77,
    sentence.sentenced_on,
    sentence.prison_months,
    sentence.is_life,
    sentence.is_imprisoned,
    sentence.restitution_usd,
    filed.delivery,
    filed.file,
    filed.line
from filed
inner join core.court_case as court_case
    on concat(filed.source, '/', filed.district, '/', filed.matter_ref) = court_case.case_key
left join outcome
    on
        filed.district = outcome.district
        and filed.matter_ref = outcome.matter_ref
        and filed.participant_ref = outcome.participant_ref
left join charge
    on
        filed.district = charge.district
        and filed.matter_ref = charge.matter_ref
        and filed.participant_ref = charge.participant_ref
left join sentence
    on
        filed.district = sentence.district
        and filed.matter_ref = sentence.matter_ref
        and filed.participant_ref = sentence.participant_ref

union all

select
    rolled_up.agency as source,
    concat(rolled_up.agency, '/', rolled_up.case_ref, '/', rolled_up.defendant_ref) as defendant_key,
    court_case.case_key,
    cast(null as varchar) as district,
    cast(null as varchar) as matter_ref,
    cast(null as varchar) as participant_ref,
    cast(null as bigint) as defendant_number,
    court_case.filed_on as charged_on,
    case
        when rolled_up.outcome is not null then rolled_up.outcome
        when rolled_up.n_counts_guilty_trial > 0 then 'CONVICTED_TRIAL'
        when rolled_up.n_counts_guilty_plea > 0 then 'CONVICTED_PLEA'
        when rolled_up.n_counts_not_guilty > 0 then 'ACQUITTED'
        when rolled_up.n_counts_nolle > 0 or rolled_up.n_counts_dismissed > 0 then 'DISMISSED'
    end as outcome,
    coalesce(rolled_up.n_counts_guilty_trial > 0 or rolled_up.n_counts_not_guilty > 0, false) as is_tried,
    rolled_up.disposed_on,
    cast(null as boolean) as is_charged_chapter77,
    cast(null as boolean) as has_guilty_count,
    cast(null as boolean) as is_convicted_chapter77,
    case when rolled_up.prison_months > 0 then rolled_up.disposed_on end as sentenced_on,
    case when rolled_up.prison_months > 0 then rolled_up.prison_months end as prison_months,
    cast(null as boolean) as is_life,
    rolled_up.prison_months > 0 as is_imprisoned,
    cast(null as double) as restitution_usd,
    rolled_up.delivery,
    rolled_up.file,
    rolled_up.line
from rolled_up
inner join core.court_case as court_case
    on concat(rolled_up.agency, '/', rolled_up.case_ref) = court_case.case_key
