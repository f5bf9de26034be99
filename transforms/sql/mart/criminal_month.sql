-- One row per calendar month of the whole criminal caseload, all offences, as the published national series of LIONS
-- counts it, so that a dump can be set beside that series before anything narrower is believed. A case is a criminal
-- matter with a filing in district court and a named investigative agency; it and all of its defendants are dated by its
-- first filing. It is terminated when the last of its district-court stages that has ended did, and each defendant takes
-- the disposition of the case. Months without a filing or a termination have no row.
with ended as (
    select
        district,
        matter_ref,
        disposed_on,
        case
            when disposition in ('GT', 'NC', 'GD') then 'guilty'
            when disposition = 'NG' then 'not_guilty'
            when disposition in ('DM', 'DJ') then 'dismissed'
            when disposition in ('TR', 'RE') then 'rule_20_21'
            else 'other'
        end as outcome
    from staging.proceeding
    where court = 'DC' and disposition is not null and disposed_on is not null
    qualify row_number() over (
        partition by district, matter_ref order by disposed_on desc, proceeding_ref desc
    ) = 1
),

counted as (
    select
        stage.filed_on,
        ended.disposed_on,
        ended.outcome,
        participant.n_defendants
    from staging.matter as matter
    inner join core.matter_stage as stage
        on matter.district = stage.district and matter.matter_ref = stage.matter_ref
    inner join core.matter_participant as participant
        on matter.district = participant.district and matter.matter_ref = participant.matter_ref
    left join ended on matter.district = ended.district and matter.matter_ref = ended.matter_ref
    where matter.class = 'R' and stage.filed_on is not null and participant.n_agencies > 0
),

event as (
    select
        cast(date_trunc('month', filed_on) as date) as starts_on,
        'filed' as what,
        n_defendants
    from counted
    union all
    select
        cast(date_trunc('month', disposed_on) as date) as starts_on,
        outcome as what,
        n_defendants
    from counted
    where disposed_on is not null
)

select
    starts_on,
    sum(case when what = 'filed' then 1 else 0 end) as cases_filed,
    sum(case when what = 'filed' then n_defendants else 0 end) as defendants_filed,
    sum(case when what <> 'filed' then 1 else 0 end) as cases_terminated,
    sum(case when what <> 'filed' then n_defendants else 0 end) as defendants_terminated,
    sum(case when what = 'guilty' then n_defendants else 0 end) as guilty,
    sum(case when what = 'not_guilty' then n_defendants else 0 end) as not_guilty,
    sum(case when what = 'dismissed' then n_defendants else 0 end) as dismissed,
    sum(case when what = 'rule_20_21' then n_defendants else 0 end) as rule_20_21,
    sum(case when what = 'other' then n_defendants else 0 end) as other
from event
group by starts_on
