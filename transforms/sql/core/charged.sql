-- One row per matter or case with a readable charge: what it was charged with, at referral or in any document. Labor
-- or sex is told by statute: one of the two kinds alone, or both, or neither (a conspiracy alone, other offences).
with charge as (select * from core.charge),

category as (select * from staging.charge_category),

sorted as (
    select
        charge.matter_key,
        charge.stage,
        category.category
    from charge
    inner join category
        on
            charge.title = category.title
            and charge.section between category.first_section and category.last_section
),

flagged as (
    select
        matter_key,
        max(case when category = 'chapter77' then 1 else 0 end) = 1 as is_chapter77,
        max(case when category = 'bjs' then 1 else 0 end) = 1 as is_bjs,
        max(case when category = 'labor' then 1 else 0 end) = 1 as is_labor,
        max(case when category = 'sex' then 1 else 0 end) = 1 as is_sex,
        max(case when category = 'forced_labor_acts' and stage = 'filing' then 1 else 0 end) = 1 as is_act_of_2000,
        max(case when category = 'money_laundering' and stage = 'filing' then 1 else 0 end) = 1 as has_money_laundering,
        max(case when category = 'organised_crime' and stage = 'filing' then 1 else 0 end) = 1 as has_organised_crime,
        max(case when category = 'fraud' and stage = 'filing' then 1 else 0 end) = 1 as has_fraud,
        max(case when category = 'immigration' and stage = 'filing' then 1 else 0 end) = 1 as has_immigration,
        max(case when category = 'child_exploitation' and stage = 'filing' then 1 else 0 end) = 1
            as has_child_exploitation,
        max(case when category = 'labor_violation' and stage = 'filing' then 1 else 0 end) = 1 as has_labor_violation,
        max(case when category = 'obstruction' and stage = 'filing' then 1 else 0 end) = 1 as has_obstruction
    from sorted
    group by matter_key
),

counted as (
    select
        matter_key,
        sum(case when stage = 'filing' then 1 else 0 end) as n_statutes
    from charge
    group by matter_key
)

select
    counted.matter_key,
    counted.n_statutes,
    coalesce(flagged.is_chapter77, false) as is_chapter77,
    coalesce(flagged.is_bjs, false) as is_bjs,
    case
        when flagged.is_labor and not flagged.is_sex then 'labor'
        when flagged.is_sex and not flagged.is_labor then 'sex'
        else 'both_or_unclear'
    end as labor_or_sex,
    coalesce(flagged.is_act_of_2000, false) as is_act_of_2000,
    coalesce(flagged.has_money_laundering, false) as has_money_laundering,
    coalesce(flagged.has_organised_crime, false) as has_organised_crime,
    coalesce(flagged.has_fraud, false) as has_fraud,
    coalesce(flagged.has_immigration, false) as has_immigration,
    coalesce(flagged.has_child_exploitation, false) as has_child_exploitation,
    coalesce(flagged.has_labor_violation, false) as has_labor_violation,
    coalesce(flagged.has_obstruction, false) as has_obstruction
from counted
left join flagged on counted.matter_key = flagged.matter_key
