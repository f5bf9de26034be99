-- One row per matter or case with a readable charge: what it was charged with, at referral or in any document. Labor
-- or sex is told by statute: one of the two kinds alone, or both, or neither (a conspiracy alone, other offences).
with category as (select * from staging.charge_category),

named as (
    select distinct
        title,
        section
    from core.charge
),

statute as (
    select
        named.title,
        named.section,
        max(case when category.category = 'chapter77' then 1 else 0 end) as is_chapter77,
        max(case when category.category = 'bjs' then 1 else 0 end) as is_bjs,
        max(case when category.category = 'labor' then 1 else 0 end) as is_labor,
        max(case when category.category = 'sex' then 1 else 0 end) as is_sex,
        max(case when category.category = 'forced_labor_acts' then 1 else 0 end) as is_act_of_2000,
        max(case when category.category = 'money_laundering' then 1 else 0 end) as is_money_laundering,
        max(case when category.category = 'organised_crime' then 1 else 0 end) as is_organised_crime,
        max(case when category.category = 'fraud' then 1 else 0 end) as is_fraud,
        max(case when category.category = 'immigration' then 1 else 0 end) as is_immigration,
        max(case when category.category = 'child_exploitation' then 1 else 0 end) as is_child_exploitation,
        max(case when category.category = 'labor_violation' then 1 else 0 end) as is_labor_violation,
        max(case when category.category = 'obstruction' then 1 else 0 end) as is_obstruction
    from named
    left join category
        on
            named.title = category.title
            and named.section between category.first_section and category.last_section
    group by named.title, named.section
),

flagged as (
    select
        charge.matter_key,
        sum(case when charge.stage = 'filing' then 1 else 0 end) as n_statutes,
        max(statute.is_chapter77) = 1 as is_chapter77,
        max(statute.is_bjs) = 1 as is_bjs,
        max(statute.is_labor) = 1 as is_labor,
        max(statute.is_sex) = 1 as is_sex,
        max(case when charge.stage = 'filing' then statute.is_act_of_2000 else 0 end) = 1 as is_act_of_2000,
        max(case when charge.stage = 'filing' then statute.is_money_laundering else 0 end) = 1 as has_money_laundering,
        max(case when charge.stage = 'filing' then statute.is_organised_crime else 0 end) = 1 as has_organised_crime,
        max(case when charge.stage = 'filing' then statute.is_fraud else 0 end) = 1 as has_fraud,
        max(case when charge.stage = 'filing' then statute.is_immigration else 0 end) = 1 as has_immigration,
        max(case when charge.stage = 'filing' then statute.is_child_exploitation else 0 end) = 1
            as has_child_exploitation,
        max(case when charge.stage = 'filing' then statute.is_labor_violation else 0 end) = 1 as has_labor_violation,
        max(case when charge.stage = 'filing' then statute.is_obstruction else 0 end) = 1 as has_obstruction
    from core.charge as charge
    inner join statute on charge.title = statute.title and charge.section = statute.section
    group by charge.matter_key
)

select
    matter_key,
    n_statutes,
    is_chapter77,
    is_bjs,
    case
        when is_labor and not is_sex then 'labor'
        when is_sex and not is_labor then 'sex'
        else 'both_or_unclear'
    end as labor_or_sex,
    is_act_of_2000,
    has_money_laundering,
    has_organised_crime,
    has_fraud,
    has_immigration,
    has_child_exploitation,
    has_labor_violation,
    has_obstruction
from flagged
