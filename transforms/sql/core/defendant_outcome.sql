-- One row per defendant of a LIONS matter whose district-court stage has ended: the earliest ending that is an outcome,
-- and of these a conviction where there is one. Charges of a first indictment can be dismissed and those of another not.
-- NW (new filing) and PC (post-disposition) are administrative and end nothing.
with ended as (
    select
        stage.district,
        stage.matter_ref,
        stage.participant_ref,
        stage.disposed_on,
        case
            when stage.disposition in ('GT', 'NC', 'GD') and stage.disposition_reason in ('JTRD', 'JTRM', 'BTRD', 'BTRM')
                then 'CONVICTED_TRIAL'
            when stage.disposition in ('GT', 'NC', 'GD') then 'CONVICTED_PLEA'
            when stage.disposition in ('NG', 'ND') then 'ACQUITTED'
            when stage.disposition in ('DJ', 'DM', 'NB') then 'DISMISSED'
            when stage.disposition in ('TR', 'RE') then 'TRANSFERRED'
            when stage.disposition in ('OC', 'OE') then 'OTHER'
        end as outcome,
        stage.disposition in ('GT', 'NC', 'GD', 'NG', 'ND')
            and coalesce(stage.disposition_reason in ('JTRD', 'JTRM', 'BTRD', 'BTRM'), false) as is_tried,
        stage.proceeding_ref
    from staging.defendant_proceeding as stage
    inner join staging.proceeding as proceeding
        on
            stage.district = proceeding.district
            and stage.matter_ref = proceeding.matter_ref
            and stage.proceeding_ref = proceeding.proceeding_ref
    where proceeding.court = 'DC' and stage.disposed_on is not null
)

select
    district,
    matter_ref,
    participant_ref,
    outcome,
    is_tried,
    disposed_on
from ended
where outcome is not null
qualify row_number() over (
    partition by district, matter_ref, participant_ref
    order by outcome in ('CONVICTED_PLEA', 'CONVICTED_TRIAL') desc, disposed_on, proceeding_ref
) = 1
