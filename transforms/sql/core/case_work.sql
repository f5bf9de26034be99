-- One row per matter in district court: attorneys assigned to its stages there (each counted once; victim-witness
-- coordinators, position V, left out) and days of trial.
with staffed as (
    select
        stage.district,
        stage.matter_ref,
        count(distinct assignment.staff_ref) as n_attorneys
    from staging.proceeding as stage
    inner join staging.assignment as assignment
        on
            stage.district = assignment.district
            and stage.matter_ref = assignment.matter_ref
            and stage.proceeding_ref = assignment.proceeding_ref
    where stage.court = 'DC' and (assignment.position is null or assignment.position <> 'V')
    group by stage.district, stage.matter_ref
),

tried as (
    select
        agency,
        district,
        matter_ref,
        sum(trial_days) as trial_days
    from staging.proceeding
    where court = 'DC'
    group by agency, district, matter_ref
)

select
    concat(tried.agency, '/', tried.district, '/', tried.matter_ref) as case_key,
    staffed.n_attorneys,
    tried.trial_days
from tried
left join staffed on tried.district = staffed.district and tried.matter_ref = staffed.matter_ref
