-- One row per district on the docket of the Human Trafficking Prosecution Unit: the fiscal years from which it records
-- a training, and a matter of a team. It records an element only where there was a matter, and leadership nowhere.
with supported_matter as (select * from staging.supported_matter)

select
    district,
    min(year(trained_on + interval 3 month)) as trained_from,
    min(case when is_acteam then year(opened_on + interval 3 month) end) as joint_from
from supported_matter
group by district
