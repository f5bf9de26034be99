-- One row per matter declined: the earliest declination, because a matter can be declined, reopened and declined again.
select
    proceeding.district,
    proceeding.matter_ref,
    proceeding.disposed_on as declined_on,
    coalesce(declination_reason.reason, 'unknown') as reason
from staging.proceeding as proceeding
left join staging.declination_reason as declination_reason
    on proceeding.disposition_reason = declination_reason.code
where proceeding.disposition in ('DE', 'ID')
qualify row_number() over (
    partition by proceeding.district, proceeding.matter_ref
    order by proceeding.disposed_on nulls last, proceeding.proceeding_ref
) = 1
