-- Of the cases filed, those on the docket of the Human Trafficking Prosecution Unit as lead or co-counsel.
with unit as (
    select
        threshold.name as threshold,
        link.key_r as matter_key
    from staging.supported_matter as docket
    inner join linkage.link as link on concat(docket.agency, '/', docket.docket_ref) = link.key_l
    inner join linkage.threshold as threshold on link.probability >= threshold.cut
    where docket.role in ('LEAD', 'CO_COUNSEL')
    group by threshold.name, link.key_r
)

select
    threshold.name as threshold,
    3 * cast(floor(year(matter.filed_on + interval 3 month) / 3) as integer) as from_year,
    sum(case when unit.matter_key is not null then 1 else 0 end) as numerator,
    count(*) as denominator,
    cast(null as double) as middle
from mart.matter_facts as matter
cross join linkage.threshold as threshold
left join unit on matter.matter_key = unit.matter_key and threshold.name = unit.threshold
where matter.is_program_05e and matter.filed_on is not null and (select count(*) from staging.supported_matter) > 0
group by threshold.name, from_year
