-- One row per matter with victims entered: how many, and how many of them have services requested.
select
    concat(agency, '/', district, '/', matter_ref) as matter_key,
    count(*) as n_victims_entered,
    sum(case when has_requested_services = 'Y' then 1 else 0 end) as n_victims_served
from staging.victim
group by agency, district, matter_ref
