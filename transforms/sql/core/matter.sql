-- One row per criminal matter of a U.S. Attorney's Office. Matters opened in error and miscellaneous court matters
-- (court codes MM and MD) are no prosecutions and are left out. The earliest declination counts, because a matter
-- can be declined, reopened and declined again. Charges at referral and at filing are both kept.
with matter as (select * from staging.matter where class = 'R' and status <> 'O'),

court as (
    select
        district,
        matter_ref,
        min(case when court = 'DC' then filed_on end) as filed_on,
        min(case when disposition in ('DE', 'ID') then disposed_on end) as declined_on,
        max(case when disposition in ('DE', 'ID') then 1 else 0 end) as n_declined,
        min(case when court in ('MM', 'MD') then 1 else 0 end) as is_miscellaneous
    from staging.proceeding
    group by district, matter_ref
),

program as (
    select
        district,
        matter_ref,
        max(case when program_category = '05E' then 1 else 0 end) as n_05e
    from staging.program_category
    group by district, matter_ref
),

filed_charge as (
    select
        district,
        matter_ref,
        max(case when statute_title = 18 and statute_section between 1581 and 1597 then 1 else 0 end) as n_chapter77
    from staging.charge
    group by district, matter_ref
)

select
    matter.agency as source,
    concat(matter.agency, '/', matter.district, '/', matter.matter_ref) as matter_key,
    matter.district,
    matter.matter_ref,
    matter.received_on,
    matter.closed_on,
    court.declined_on,
    coalesce(court.n_declined, 0) = 1 as is_declined,
    court.filed_on,
    matter.lead_charge_title,
    matter.lead_charge_section,
    coalesce(program.n_05e, 0) = 1 as is_program_05e,
    coalesce(filed_charge.n_chapter77, 0) = 1
        or coalesce(matter.lead_charge_title = 18 and matter.lead_charge_section between 1581 and 1597, false)
        as is_chapter77,
    matter.delivery,
    matter.file,
    matter.line
from matter
left join court on matter.district = court.district and matter.matter_ref = court.matter_ref
left join program on matter.district = program.district and matter.matter_ref = program.matter_ref
left join filed_charge on matter.district = filed_charge.district and matter.matter_ref = filed_charge.matter_ref
where coalesce(court.is_miscellaneous, 0) = 0
