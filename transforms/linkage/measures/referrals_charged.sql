-- Of the investigations that were referred, those whose matter became a case in district court.
select
    threshold.name as threshold,
    3 * cast(floor(year(record.referred_on + interval 3 month) / 3) as integer) as from_year,
    sum(case when link.probability >= threshold.cut and matter.filed_on is not null then 1 else 0 end) as numerator,
    count(*) as denominator,
    cast(null as double) as middle
from mart.agency_record as record
cross join linkage.threshold as threshold
left join linkage.link as link on record.record_key = link.key_l
left join mart.matter_facts as matter on link.key_r = matter.matter_key
where record.source in ('fbi', 'hsi', 'dol_oig') and record.referred_on is not null
group by threshold.name, from_year
