-- Of the investigations that were referred, those whose matter became a case in district court.
select
    threshold.name as threshold,
    record.record_key,
    record.referred_on,
    coalesce(link.probability >= threshold.cut and matter.filed_on is not null, false) as is_counted,
    [link.key_l] as links
from mart.agency_record as record
cross join linkage.threshold as threshold
left join linkage.link as link on record.record_key = link.key_l
left join mart.matter_facts as matter on link.key_r = matter.matter_key
where record.source in ('fbi', 'hsi', 'dol_oig') and record.referred_on is not null
