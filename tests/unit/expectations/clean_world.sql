-- A small world in which every rule holds: 1,128 matters, one every ten days, 12 in each of the 94 districts.
-- Every third matter is declined, every third has a superseding indictment; two defendants a matter. As of 2024-05-31.
create temp table n as
select
    n,
    printf('M%05d', n) as matter_ref,
    (select list(district order by district) from district_list)[n % 94 + 1] as district,
    date '1993-05-27' + cast(n * 10 as integer) as received_on,
    n % 3 > 0 as is_filed,
    n % 2 = 1 and n > 400 as is_trafficking
from range(1128) as t(n);

create temp table who as
select
    n.*,
    k,
    (['GT', 'GT', 'GT', 'GT', 'GT', 'DM', 'NG', 'NC'])[(n + k) % 8 + 1] as disposition,
    (['PLED', 'PLED', 'PLED', 'PLED', 'JTRD', 'GWOD', 'JTRD', 'PLED'])[(n + k) % 8 + 1] as disposition_reason,
    received_on + 100 as disposed_on,
    is_filed and received_on + 100 <= date '2024-05-31' as is_over
from n, range(1, 3) as t(k);

insert into matter by name
select
    district, matter_ref, received_on, 'R' as class,
    case when not is_filed or received_on + 100 <= date '2024-05-31' then 'C' else 'A' end as status,
    case when is_trafficking then '18:1591' else '21:841' end as lead_charge,
    case when is_trafficking then 18 else 21 end as lead_charge_title,
    case when is_trafficking then 1591 else 841 end as lead_charge_section,
    received_on - 400 as offence_from_on, received_on - 30 as offence_to_on,
    case when not is_filed then received_on + 10
        when received_on + 100 <= date '2024-05-31' then received_on + 100 end as closed_on,
    received_on + 2 as entered_on, 3 as n_victims
from n;

insert into proceeding by name
select
    district, matter_ref, '1' as proceeding_ref, 'NC' as court, received_on + 2 as entered_on,
    case when not is_filed then 'DE' end as disposition,
    case when not is_filed then 'WKEV' end as disposition_reason,
    case when not is_filed then received_on + 10 end as disposed_on
from n;

insert into proceeding by name
select
    district, matter_ref, '2' as proceeding_ref, 'DC' as court, received_on + 20 as filed_on,
    received_on + 22 as entered_on, case when is_over then 'GT' end as disposition,
    case when is_over then 'PLED' end as disposition_reason, case when is_over then disposed_on end as disposed_on
from who where is_filed and k = 1;

insert into program_category by name
select district, matter_ref, '1' as category_ref, case when is_trafficking then '05E' else '040' end as program_category
from n;

insert into participant by name
select district, matter_ref, '8' as participant_ref, 'IN' as role, 'A' as kind,
    case when n % 5 < 3 then 'JUFB' else 'HSCE' end as agency_code, received_on + 2 as entered_on
from n;

insert into participant by name
select district, matter_ref, '9' as participant_ref, 'VI' as role, 'I' as kind, received_on + 2 as entered_on from n;

insert into participant by name
select district, matter_ref, cast(k as varchar) as participant_ref, 'D' as role, 'I' as kind, 'N' as is_juvenile,
    case when is_filed then received_on + 25 end as arrested_on, received_on + 2 as entered_on
from who where received_on + 25 <= date '2024-05-31';

insert into participant by name
select district, matter_ref, cast(k as varchar) as participant_ref, 'D' as role, 'I' as kind, 'N' as is_juvenile
from who where received_on + 25 > date '2024-05-31';

insert into victim by name
select district, matter_ref, '9' as participant_ref, '1' as victim_ref, 'P' as kind, 'Y' as has_requested_services
from n;

insert into defendant_proceeding by name
select district, matter_ref, cast(k as varchar) as participant_ref, '1' as proceeding_ref, received_on + 2 as entered_on
from who;

insert into defendant_proceeding by name
select
    district, matter_ref, cast(k as varchar) as participant_ref, '2' as proceeding_ref, received_on + 22 as entered_on,
    case when is_over then disposition end as disposition,
    case when is_over then disposition_reason end as disposition_reason,
    case when is_over then disposed_on end as disposed_on
from who where is_filed;

insert into instrument by name
select district, matter_ref, '2' as proceeding_ref, '1' as instrument_ref, 'IN' as kind, received_on + 20 as filed_on
from n where is_filed
union all by name
select district, matter_ref, '2' as proceeding_ref, '2' as instrument_ref, 'SN' as kind, received_on + 22 as filed_on
from n where n % 3 = 2;

insert into charge by name
select
    instrument.district, matter_ref, proceeding_ref, instrument_ref, cast(c as varchar) as charge_ref, 'F' as category,
    case when c = 1 and is_trafficking then 18 when c = 1 then 21 else 18 end as statute_title,
    case when c = 1 and is_trafficking then 1591 when c = 1 then 841 else 371 end as statute_section,
    concat(statute_title, ':', statute_section) as statute
from instrument inner join n using (matter_ref), range(1, 3) as t(c);

insert into defendant_count by name
select
    who.district, who.matter_ref, cast(k as varchar) as participant_ref, charge.proceeding_ref, charge.instrument_ref,
    concat(charge.instrument_ref, charge.charge_ref) as count_ref, charge.statute, charge.statute_title,
    charge.statute_section, charge.category, case when is_over then disposition end as disposition,
    case when is_over then who.disposition_reason end as disposition_reason,
    case when is_over then disposed_on end as disposed_on
from who inner join charge using (matter_ref);

insert into sentence by name
select district, matter_ref, cast(k as varchar) as participant_ref, disposed_on + 50 as sentenced_on, 5 as prison_years
from who where is_over and disposition in ('GT', 'NC') and disposed_on + 50 <= date '2024-05-31';

insert into assignment by name
select district, matter_ref, proceeding_ref, '1' as assignment_ref, md5(concat('staff ', matter_ref)) as staff_ref,
    'L' as position, coalesce(filed_on, entered_on) as starts_on
from proceeding;

insert into investigation by name
select
    md5(concat('investigation ', matter_ref)) as investigation_ref, received_on - 200 as opened_on,
    case when n % 3 = 0 then received_on + 10 end as closed_on, '50D' as program, district,
    case when n % 3 < 2 then received_on end as referred_on,
    case when n % 3 < 2 then concat(district, '-', matter_ref) end as usao_matter, '18 USC 1591' as lead_statute,
    18 as lead_statute_title, 1591 as lead_statute_section, 2 as n_subjects, 3 as n_victims,
    (['CLOSED', 'REFERRED', 'OPEN'])[n % 3 + 1] as status
from n;

insert into case_record by name
select matter_ref as case_ref, district, 'NY' as state, 3 as n_victims, 1 as n_minor_victims, 2 as n_foreign_victims
from who where is_over and k = 1;

insert into defendant_record by name
select
    concat(matter_ref, '-', k) as defendant_ref, matter_ref as case_ref, received_on as charged_on,
    '18 USC 1591;18 USC 2421' as charges, 1 as n_counts_guilty_plea, 0 as n_counts_guilty_trial, disposed_on,
    60 as prison_months
from who where is_over;
