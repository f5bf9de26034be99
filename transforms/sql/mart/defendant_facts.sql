-- One row per defendant in a case, ready to count. Transfers (Rules 20, 21 and 40) are no outcome on the merits and
-- are not terminated here, because the receiving district counts them; they end the wait in this district all the same.
with defendant as (select * from core.defendant),

case_facts as (select * from mart.case_facts)

select
    defendant.source,
    defendant.defendant_key,
    defendant.case_key,
    case_facts.district,
    case_facts.group_key,
    defendant.charged_on,
    defendant.disposed_on,
    defendant.sentenced_on,
    defendant.outcome,
    coalesce(defendant.outcome in ('CONVICTED_PLEA', 'CONVICTED_TRIAL'), false) as is_convicted,
    coalesce(
        defendant.outcome in ('CONVICTED_PLEA', 'CONVICTED_TRIAL', 'ACQUITTED', 'DISMISSED', 'OTHER'), false
    ) as is_terminated,
    coalesce(defendant.is_tried, false) as is_tried,
    defendant.is_charged_chapter77,
    defendant.has_guilty_count,
    defendant.is_convicted_chapter77,
    date_diff('day', defendant.charged_on, defendant.disposed_on) as days_charge_to_disposition,
    date_diff('day', defendant.charged_on, defendant.sentenced_on) as days_charge_to_sentence,
    defendant.prison_months,
    defendant.is_life,
    defendant.is_imprisoned,
    defendant.restitution_usd,
    case_facts.filed_on as case_filed_on,
    case_facts.labor_or_sex,
    case_facts.is_program_05e,
    case_facts.has_program_category,
    case_facts.is_chapter77,
    case_facts.is_bjs,
    case_facts.is_domestic_minor,
    case_facts.has_victim_counts,
    defendant.delivery,
    defendant.file,
    defendant.line
from defendant
inner join case_facts on defendant.case_key = case_facts.case_key
