"""Every metric again, in pandas, from the words of its definition and the staged rows: none of the SQL is used.

In: staged Parquet of one LIONS dump (and the prosecution unit's docket). Out: metric -> rows with scope, parts, area,
day, and what each row adds to the numerator and the denominator, or the value whose median is taken.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sources.facts import charge_categories, declination_reasons

GUILTY = {"GT", "NC", "GD"}
KEY = ["district", "matter_ref"]
WHO = [*KEY, "participant_ref"]


@dataclass(frozen=True)
class Rows:
    """What a metric counts: a frame with `day`, scope flags, parts and the columns `top` and `bottom`, or `value`."""

    frame: pd.DataFrame
    day: str
    top: pd.Series | None = None
    bottom: pd.Series | None = None
    value: pd.Series | None = None
    until: str | None = None  # the column that ends what is open


class Dump:
    """The staged tables, and the frames of matters, cases and defendants made of them."""

    def __init__(self, folder: Path) -> None:
        self.tables = {p.stem: pd.read_parquet(p) for p in folder.rglob("*.parquet") if p.parent.name == "staged"}
        self.matters = self._matters()
        self.cases = self._cases()
        self.defendants = self._defendants()

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name].copy()

    def _matters(self) -> pd.DataFrame:
        m = self["gs_case"].query("`class` == 'R' and status != 'O'")
        stages = self["gs_court_hist"]
        other = stages[~stages.court.isin(["MM", "MD"])].set_index(KEY).index
        with_stage = stages.set_index(KEY).index
        index = m.set_index(KEY).index
        m = m[~index.isin(with_stage) | index.isin(other)].set_index(KEY)
        m["day_filed"] = stages[stages.court == "DC"].groupby(KEY).filed_on.min()
        declined = stages[stages.disposition.isin(["DE", "ID"])].sort_values(["disposed_on", "proceeding_ref"])
        first = declined.groupby(KEY).first()
        m["day_declined"], m["why"] = first.disposed_on, first.disposition_reason
        m["declined"] = m.index.isin(first.index)
        groups = {code: g for g, fact in declination_reasons().items() for code in fact["codes"]}
        m["reason"] = m.why.map(groups).fillna("unknown").where(m.declined)
        program = self["gs_case_prog_cat"]
        m["05e"] = m.index.isin(program[program.program_category == "05E"].set_index(KEY).index)
        agencies = self["gs_participant"].query("role == 'IN'").dropna(subset="agency_code")
        m["agencies"] = agencies.groupby(KEY).agency_code.nunique()
        m["pairs"] = agencies.groupby(KEY).agency_code.apply(
            lambda a: [f"{x}+{y}" for x in sorted(set(a)) for y in sorted(set(a)) if x < y]
        )
        self._charges(m)
        return m.reset_index()

    def _charges(self, m: pd.DataFrame) -> None:
        """What was charged: at referral the lead charge, at filing any charge of any document."""
        lead = self["gs_case"].set_index(KEY)[["lead_charge_title", "lead_charge_section"]]
        lead.columns = ["title", "section"]
        filed = self["gs_inst_charge"].set_index(KEY)[["statute_title", "statute_section"]]
        filed.columns = ["title", "section"]
        filed = filed.dropna()
        m["statutes"] = filed.groupby(KEY).apply(lambda g: len(set(zip(g.title, g.section, strict=True))))
        m["statutes"] = m.statutes.fillna(0)
        for category, fact in charge_categories().items():

            def holds(charges: pd.DataFrame, sections: dict = fact["sections"]) -> pd.Index:
                hit = pd.Series(False, index=charges.index)
                for title, spans in sections.items():
                    for first, last in spans:
                        hit |= (charges.title == title) & charges.section.between(first, last)
                return charges.index[hit]

            m[f"filed {category}"] = m.index.isin(holds(filed))
            m[f"any {category}"] = m.index.isin(holds(filed)) | m.index.isin(holds(lead.dropna()))
        m["kind"] = "both_or_unclear"
        m.loc[m["any labor"] & ~m["any sex"], "kind"] = "labor"
        m.loc[m["any sex"] & ~m["any labor"], "kind"] = "sex"

    def _cases(self) -> pd.DataFrame:
        c = self.matters.dropna(subset="day_filed").set_index(KEY)
        stages = self["gs_court_hist"].query("court == 'DC'")
        staff = self["gs_assignment"].merge(stages[[*KEY, "proceeding_ref"]], on=[*KEY, "proceeding_ref"])
        c["attorneys"] = staff[staff.position != "V"].groupby(KEY).staff_ref.nunique()
        c["trial"] = stages.groupby(KEY).trial_days.sum(min_count=1)
        victims = self["gs_part_victim"].groupby(KEY).has_requested_services
        c["entered"], c["served"] = victims.size(), victims.apply(lambda v: (v == "Y").sum())
        unit = self["docket"].query("role in ['LEAD', 'CO_COUNSEL']").usao_matter.dropna()
        c["unit"] = [f"{d}-{m}" in set(unit) for d, m in c.index]
        return c.reset_index()

    def _defendants(self) -> pd.DataFrame:
        people = self["gs_participant"].query("role in ['D', 'DG', 'DJ', 'DO', 'DP']")[WHO]
        stages = self["gs_court_hist"].query("court == 'DC'")[[*KEY, "proceeding_ref", "filed_on"]]
        inside = self["gs_part_court"].merge(stages, on=[*KEY, "proceeding_ref"])
        counts = self["gs_part_count"].merge(stages.drop(columns="filed_on"), on=[*KEY, "proceeding_ref"])
        papers = self["gs_instrument"][[*KEY, "proceeding_ref", "instrument_ref", "filed_on"]]
        named = counts.merge(papers, on=[*KEY, "proceeding_ref", "instrument_ref"]).groupby(WHO).filed_on.min()
        d = people.merge(inside[WHO].drop_duplicates(), on=WHO).set_index(WHO)
        d["charged"] = named.reindex(d.index).fillna(inside.groupby(WHO).filed_on.min().reindex(d.index))
        over = {"GT", "NC", "GD", "NG", "ND", "DJ", "DM", "NB", "TR", "RE", "OC", "OE"}
        ended = inside[inside.disposition.isin(over) & inside.disposed_on.notna()]
        ended = ended.assign(no=~ended.disposition.isin(GUILTY)).sort_values(["no", "disposed_on", "proceeding_ref"])
        ended = ended.groupby(WHO).first()
        d["how"], d["ended"] = ended.disposition, ended.disposed_on
        d["convicted"] = d.how.isin(GUILTY)
        d["decided"] = d.how.isin(GUILTY | {"NG", "ND"})
        d["tried"] = d.decided & ended.disposition_reason.reindex(d.index).isin(["JTRD", "JTRM", "BTRD", "BTRM"])
        d["terminated"] = d.how.isin(over - {"TR", "RE"})
        is_77 = (counts.statute_title == 18) & counts.statute_section.between(1581, 1597)
        guilty = counts.disposition.isin(GUILTY)
        for name, rows in (("charged 77", is_77), ("guilty", guilty), ("guilty 77", is_77 & guilty)):
            d[name] = d.index.isin(counts[rows].set_index(WHO).index)
        s = self["gs_sentence"].sort_values("sentenced_on").groupby(WHO).first()
        months = s.prison_years.fillna(0) * 12 + s.prison_months.fillna(0) + s.prison_days.fillna(0) / 30.4375
        d["sentenced"], d["life"] = s.sentenced_on, (s.incarceration == "LIF").reindex(d.index)
        d["months"] = months.where(s.incarceration != "LIF").reindex(d.index)
        d["prison"] = ((months > 0) | s.incarceration.isin(["LIF", "TIM"])).reindex(d.index)
        d["restitution"] = s.restitution_usd.fillna(0).reindex(d.index)
        about = self.cases[[*KEY, "05e", "any chapter77", "any bjs", "kind"]]
        return d.reset_index().merge(about, on=KEY)

    def rows(self) -> dict[str, Rows]:
        """What each metric counts, in the words of its definition."""
        m, c, d = self.matters, self.cases, self.defendants
        c["defendants"] = c.merge(d.groupby(KEY).size().rename("n"), on=KEY, how="left").n.fillna(0)
        pairs = c.explode("pairs").dropna(subset="pairs").reset_index(drop=True)
        related = ["money_laundering", "organised_crime", "fraud", "immigration", "child_exploitation",
                   "labor_violation", "obstruction"]  # fmt: skip
        one, some = (lambda f: pd.Series(1, index=f.index)), c.statutes > 0
        waited = days(c.received_on, c.day_filed)
        pending = Rows(d, "charged", one(d), until="ended")
        lasted = days(d.charged, d.ended)
        within = {n: Rows(d, "charged", d.convicted & (lasted <= n), ~(lasted < 0)) for n in (365, 730, 1096, 1461)}
        return {
            "matters_received": Rows(m, "received_on", one(m)),
            "matters_declined": Rows(m, "day_declined", m.declined),
            "cases_filed": Rows(c, "day_filed", one(c)),
            "defendants_charged": Rows(d, "charged", one(d)),
            "defendants_convicted": Rows(d, "ended", d.convicted),
            "defendants_imprisoned": Rows(d, "sentenced", d.prison.eq(True)),
            "defendants_pending": pending,
            "cohort_convicted": Rows(d, "charged", d.convicted),
            **{f"convicted_within_{12 * i}_months": rows for i, rows in enumerate(within.values(), 1)},
            "conviction_rate": Rows(d, "ended", d.convicted, d.terminated),
            "trial_share": Rows(d, "ended", d.tried, d.decided),
            "charge_shrinkage": Rows(d, "ended", ~d["guilty 77"], d.convicted & d["charged 77"] & d.guilty),
            "trafficking_docket_share": Rows(c, "day_filed", c["any chapter77"], one(c)),
            "median_days_referral_to_charge": Rows(c, "day_filed", value=waited.where(waited >= 0)),
            "median_days_charge_to_sentence": Rows(d, "sentenced", value=positive(days(d.charged, d.sentenced))),
            "median_age_pending": Rows(d, "charged", value=one(d), until="ended"),
            "defendants_per_case": Rows(c, "day_filed", c.defendants, one(c)),
            "large_case_share": Rows(c, "day_filed", c.defendants >= 5, one(c)),
            "statutes_per_case": Rows(c, "day_filed", c.statutes, some),
            "related_violation_share": Rows(c, "day_filed", c[[f"filed {r}" for r in related]].any(axis=1), some),
            "act_of_2000_share": Rows(c, "day_filed", c["filed forced_labor_acts"], some),
            "agencies_per_case": Rows(c, "day_filed", c.agencies.fillna(0), c.agencies >= 1),
            "joint_matter_share": Rows(m, "received_on", m.agencies >= 2, one(m)),
            "joint_case_share": Rows(c, "day_filed", c.agencies >= 2, c.agencies >= 1),
            "agency_pairs": Rows(pairs, "day_filed", one(pairs)),
            "attorneys_per_case": Rows(c, "day_filed", c.attorneys.fillna(0), c.attorneys >= 1),
            "trial_days_per_trial": Rows(c, "day_filed", c.trial.fillna(0), c.trial > 0),
            "victims_per_case": Rows(c, "day_filed", c.n_victims.fillna(0), c.n_victims.notna()),
            "victim_services_share": Rows(c, "day_filed", c.served > 0, c.entered > 0),
            "unit_share": Rows(c, "day_filed", c.unit, one(c)),
            "median_prison_months": Rows(d, "sentenced", value=d.months.where(d.months > 0)),
            "life_share": Rows(d, "sentenced", d.life.eq(True), d.prison.eq(True)),
            "restitution_share": Rows(d, "sentenced", d.restitution > 0, d.restitution.notna()),
            "median_restitution": Rows(d, "sentenced", value=d.restitution.where(d.restitution > 0)),
        }


def days(first: pd.Series, last: pd.Series) -> pd.Series:
    """Days from one day to another."""
    return (pd.to_datetime(last) - pd.to_datetime(first)).dt.days


def positive(values: pd.Series) -> pd.Series:
    """Values of zero or more."""
    return values.where(values >= 0)
