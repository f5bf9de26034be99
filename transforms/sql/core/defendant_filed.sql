-- One row per defendant of a LIONS matter in district court. Charged on the first instrument that names the defendant,
-- because a superseding indictment can add defendants years after the first; else on the case's filing date there.
with defendant as (
    select * from staging.participant where role in ('D', 'DG', 'DJ', 'DO', 'DP')
),

district_court as (select * from staging.proceeding where court = 'DC'),

in_court as (
    select
        stage.district,
        stage.matter_ref,
        stage.participant_ref,
        min(district_court.filed_on) as filed_on
    from staging.defendant_proceeding as stage
    inner join district_court
        on
            stage.district = district_court.district
            and stage.matter_ref = district_court.matter_ref
            and stage.proceeding_ref = district_court.proceeding_ref
    group by stage.district, stage.matter_ref, stage.participant_ref
),

named as (
    select
        against.district,
        against.matter_ref,
        against.participant_ref,
        min(instrument.filed_on) as named_on
    from staging.defendant_count as against
    inner join district_court
        on
            against.district = district_court.district
            and against.matter_ref = district_court.matter_ref
            and against.proceeding_ref = district_court.proceeding_ref
    inner join staging.instrument as instrument
        on
            against.district = instrument.district
            and against.matter_ref = instrument.matter_ref
            and against.proceeding_ref = instrument.proceeding_ref
            and against.instrument_ref = instrument.instrument_ref
    group by against.district, against.matter_ref, against.participant_ref
)

select
    defendant.agency as source,
    defendant.district,
    defendant.matter_ref,
    defendant.participant_ref,
    coalesce(named.named_on, in_court.filed_on) as charged_on,
    defendant.delivery,
    defendant.file,
    defendant.line
from defendant
inner join in_court
    on
        defendant.district = in_court.district
        and defendant.matter_ref = in_court.matter_ref
        and defendant.participant_ref = in_court.participant_ref
left join named
    on
        defendant.district = named.district
        and defendant.matter_ref = named.matter_ref
        and defendant.participant_ref = named.participant_ref
