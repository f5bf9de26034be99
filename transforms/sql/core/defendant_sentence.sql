-- One row per sentenced defendant of a LIONS matter: the first sentence, because a later one corrects or replaces it.
-- A month is a twelfth of a year; days are added as parts of a month of 30.4375 days. Life has no number of months.
select
    district,
    matter_ref,
    participant_ref,
    sentenced_on,
    case
        when coalesce(incarceration, '') <> 'LIF'
            then coalesce(prison_years, 0) * 12 + coalesce(prison_months, 0) + coalesce(prison_days, 0) / 30.4375
    end as prison_months,
    coalesce(incarceration = 'LIF', false) as is_life,
    coalesce(incarceration in ('LIF', 'TIM'), false)
        or coalesce(prison_years, 0) + coalesce(prison_months, 0) + coalesce(prison_days, 0) > 0 as is_imprisoned,
    coalesce(restitution_usd, 0) as restitution_usd
from staging.sentence
qualify row_number() over (partition by district, matter_ref, participant_ref order by sentenced_on) = 1
