-- One row per statute section of a matter or case and the stage that names it: at referral (the lead charge) or in any
-- charging document. A section charged in several counts or documents is one row; subsections are not told apart.
with research_defendant as (
    select
        agency,
        case_ref,
        unnest(string_split(charges, ';')) as entry
    from staging.defendant_record
),

named as (
    select
        matter.agency as source,
        concat(matter.agency, '/', matter.district, '/', matter.matter_ref) as matter_key,
        'referral' as stage,
        matter.lead_charge_title as title,
        matter.lead_charge_section as section
    from staging.matter as matter

    union all

    select
        charge.agency as source,
        concat(charge.agency, '/', charge.district, '/', charge.matter_ref) as matter_key,
        'filing' as stage,
        charge.statute_title as title,
        charge.statute_section as section
    from staging.charge as charge

    union all

    select
        agency as source,
        concat(agency, '/', case_ref) as matter_key,
        'filing' as stage,
        try_cast(regexp_extract(entry, '^([0-9]+) USC', 1) as integer) as title,
        try_cast(regexp_extract(entry, 'USC ([0-9]+)', 1) as integer) as section
    from research_defendant
)

select distinct
    source,
    matter_key,
    stage,
    title,
    section
from named
where title is not null and section is not null
