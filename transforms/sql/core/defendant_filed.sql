-- One row per defendant of a LIONS matter in district court. Charged on the first instrument that names the defendant,
-- because a superseding indictment can add defendants years after the first; else on the case's filing date there.
with defendant as (
    select * from staging.participant where role in ('D', 'DG', 'DJ', 'DO', 'DP')
),

district_court as (select * from staging.proceeding where court = 'DC'),

-- a stage of the defendant, or a count of an instrument that names the defendant
named as (
    select
        district,
        matter_ref,
        proceeding_ref,
        participant_ref,
        1 as is_stage,
        cast(null as date) as named_on
    from staging.defendant_proceeding

    union all

    select
        against.district,
        against.matter_ref,
        against.proceeding_ref,
        against.participant_ref,
        0 as is_stage,
        instrument.filed_on as named_on
    from staging.defendant_count as against
    inner join staging.instrument as instrument
        on
            against.district = instrument.district
            and against.matter_ref = instrument.matter_ref
            and against.proceeding_ref = instrument.proceeding_ref
            and against.instrument_ref = instrument.instrument_ref
),

in_court as (
    select
        named.district,
        named.matter_ref,
        named.participant_ref,
        min(case when named.is_stage = 1 then district_court.filed_on end) as filed_on,
        min(named.named_on) as named_on
    from named
    inner join district_court
        on
            named.district = district_court.district
            and named.matter_ref = district_court.matter_ref
            and named.proceeding_ref = district_court.proceeding_ref
    group by named.district, named.matter_ref, named.participant_ref
    having max(named.is_stage) = 1
)

select
    defendant.agency as source,
    defendant.district,
    defendant.matter_ref,
    defendant.participant_ref,
    defendant.defendant_number,
    coalesce(in_court.named_on, in_court.filed_on) as charged_on,
    defendant.delivery,
    defendant.file,
    defendant.line
from defendant
inner join in_court
    on
        defendant.district = in_court.district
        and defendant.matter_ref = in_court.matter_ref
        and defendant.participant_ref = in_court.participant_ref
