-- One row per case filed in district court, with what shows its size and complexity. A case of unknown district in a
-- state without any site or spill-over district belongs to the other districts.
with court_case as (select * from core.court_case where filed_on is not null),

charged as (select * from core.charged),

work as (select * from core.case_work),

victim as (select * from core.case_victim),

unit_matter as (select distinct usao_matter from core.unit_matter where usao_matter is not null),

unit_docket as (select count(*) as n from unit_matter),

district as (select * from staging.district),

site_state as (select distinct state from staging.district where group_key <> 'other'),

defendant as (
    select
        case_key,
        count(*) as n_defendants
    from core.defendant
    group by case_key
)

select
    court_case.source,
    court_case.case_key,
    court_case.district,
    case
        when district.group_key is not null then district.group_key
        when court_case.state is not null and site_state.state is null then 'other'
        else 'unresolved'
    end as group_key,
    court_case.filed_on,
    date_diff('day', court_case.received_on, court_case.filed_on) as days_referral_to_charge,
    coalesce(defendant.n_defendants, 0) as n_defendants,
    charged.n_statutes,
    coalesce(charged.is_act_of_2000, false) as is_act_of_2000,
    coalesce(charged.has_money_laundering, false) as has_money_laundering,
    coalesce(charged.has_organised_crime, false) as has_organised_crime,
    coalesce(charged.has_fraud, false) as has_fraud,
    coalesce(charged.has_immigration, false) as has_immigration,
    coalesce(charged.has_child_exploitation, false) as has_child_exploitation,
    coalesce(charged.has_labor_violation, false) as has_labor_violation,
    coalesce(charged.has_obstruction, false) as has_obstruction,
    court_case.n_agencies,
    work.n_attorneys,
    work.trial_days,
    court_case.n_victims,
    coalesce(victim.n_victims_entered, 0) as n_victims_entered,
    coalesce(victim.n_victims_served, 0) as n_victims_served,
    -- without a docket of the unit nobody knows
    case when unit_docket.n > 0 then unit_matter.usao_matter is not null end as is_with_unit,
    court_case.labor_or_sex,
    court_case.is_program_05e,
    court_case.has_program_category,
    court_case.is_chapter77,
    court_case.is_bjs,
    court_case.is_domestic_minor,
    court_case.has_victim_counts,
    court_case.delivery,
    court_case.file,
    court_case.line
from court_case
left join charged on court_case.case_key = charged.matter_key
cross join unit_docket
left join unit_matter on court_case.matter_number = unit_matter.usao_matter
left join victim on court_case.case_key = victim.matter_key
left join work on court_case.case_key = work.case_key
left join district on court_case.district = district.district
left join site_state on court_case.state = site_state.state
left join defendant on court_case.case_key = defendant.case_key
