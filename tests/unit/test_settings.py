"""Settings of a workspace: what is refused, by file, field and rule."""

import pytest

from pipelines.workspace import Workspace, init
from sources.errors import WorkspaceError

BAD = {
    "disclosure.threshold: Input should be greater than or equal to 2": ("[disclosure]", "threshold", [1, 0, -1]),
    "disclosure.threshold: Input should be less than or equal to 1000": ("[disclosure]", "threshold", [1000000]),
    "provisional_months: Input should be greater than or equal to 0": ("", "provisional_months", [-3]),
    "provisional_months: Input should be less than or equal to 120": ("", "provisional_months", [1200]),
    "first_fiscal_year: Input should be greater than or equal to 1970": ("", "first_fiscal_year", [20]),
    "first_fiscal_year: Input should be less than or equal to 2100": ("", "first_fiscal_year", [3000]),
}


@pytest.mark.parametrize("words", BAD)
def test_a_setting_beyond_its_bounds_is_refused(tmp_path, words):
    table, field, values = BAD[words]
    for value in values:
        (tmp_path / "palermo.toml").write_text(f"{table}\n{field} = {value}\n")
        with pytest.raises(WorkspaceError) as caught:
            _ = Workspace(tmp_path).settings
        assert str(caught.value) == f"palermo.toml: {words}. Mend the file."


def test_the_settings_of_a_new_workspace_hold(tmp_path):
    assert init(tmp_path / "w").settings.disclosure.threshold == 11
