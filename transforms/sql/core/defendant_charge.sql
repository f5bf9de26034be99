-- One row per defendant of a LIONS matter with counts in district court: whether chapter 77 was charged, and whether
-- any count, and any count of chapter 77, ended in a conviction.
with counted as (
    select
        against.district,
        against.matter_ref,
        against.participant_ref,
        coalesce(against.statute_title = 18 and against.statute_section between 1581 and 1597, false) as is_chapter77,
        coalesce(against.disposition in ('GT', 'NC', 'GD'), false) as is_guilty
    from staging.defendant_count as against
    inner join staging.proceeding as proceeding
        on
            against.district = proceeding.district
            and against.matter_ref = proceeding.matter_ref
            and against.proceeding_ref = proceeding.proceeding_ref
    where proceeding.court = 'DC'
)

select
    district,
    matter_ref,
    participant_ref,
    max(case when is_chapter77 then 1 else 0 end) = 1 as is_charged_chapter77,
    max(case when is_guilty then 1 else 0 end) = 1 as has_guilty_count,
    max(case when is_chapter77 and is_guilty then 1 else 0 end) = 1 as is_convicted_chapter77
from counted
group by district, matter_ref, participant_ref
