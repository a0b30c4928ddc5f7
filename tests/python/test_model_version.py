"""What makes stored answers another version's, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.model_version import model_version

ANSWERS = ("models/marts/fct_flows.sql", "macros/windows/half_open.sql", "seeds/protocols.csv")
READERS = (
    *("models/siem/ocsf_network_activity.sql", "models/detections/detections.sql"),
    *("macros/siem/nested_json.sql", "macros/detections/detection_id.sql"),
    "seeds/detection_thresholds.csv",
)


@pytest.mark.parametrize(
    ("name", "is_another"),
    [*((name, True) for name in ANSWERS), *((name, False) for name in READERS)],
)
def test_a_change_is_another_version_where_it_can_change_an_answer(
    name: str, is_another: bool, tmp_path: Path, project_root: Path
) -> None:
    assert (project_root / name).exists()
    (tmp_path / "dbt_project.yml").write_text("vars: {}")
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text("before")
    before = model_version({}, tmp_path)
    file.write_text("after")
    assert (model_version({}, tmp_path) != before) is is_another
