-- One row per matter of the U.S. Attorneys' Offices, in the shape in which records of one matter or case are compared
-- across agencies: numbers, days, statute, subjects and agencies. A column that an agency does not report is null and
-- says nothing. Records of other agencies have marts of their own, so that each is made of its own deliveries alone.
with matter as (select * from core.matter),

stage as (select * from core.matter_stage where docket_ref is not null),

participant as (select * from core.matter_participant),

convicted as (
    select
        case_key,
        sum(case when outcome in ('CONVICTED_PLEA', 'CONVICTED_TRIAL') then 1 else 0 end) as n_convicted
    from core.defendant
    where outcome is not null
    group by case_key
)

select
    matter.source,
    matter.matter_key as record_key,
    matter.district,
    concat(matter.district, '-', matter.matter_ref) as matter_number,
    matter.district || ' ' || nullif(regexp_extract(stage.docket_ref, '([0-9]{2})-[a-z]+-0*([0-9]+)', 1), '') || '-'
    || regexp_extract(stage.docket_ref, '([0-9]{2})-[a-z]+-0*([0-9]+)', 2) as docket_number,
    cast(null as date) as opened_on,
    matter.received_on as referred_on,
    matter.received_on as taken_up_on,
    matter.filed_on,
    cast(matter.lead_charge_title as varchar) || ':' || cast(matter.lead_charge_section as varchar) as statute,
    nullif(participant.n_defendants, 0) as n_subjects,
    convicted.n_convicted,
    nullif(
        concat(
            case when participant.is_fbi then '+fbi' else '' end,
            case when participant.is_hsi then '+hsi' else '' end,
            case when participant.is_dol_oig then '+dol_oig' else '' end
        ), ''
    ) as agencies,
    matter.delivery,
    matter.file,
    matter.line
from matter
left join stage on matter.district = stage.district and matter.matter_ref = stage.matter_ref
left join participant on matter.district = participant.district and matter.matter_ref = participant.matter_ref
left join convicted on matter.matter_key = convicted.case_key
