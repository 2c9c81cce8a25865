from pathlib import Path

import pytest

from motilens.evaluation.result import CrossValResult
from motilens.files import write_json
from motilens.report.write import WrittenReport, write_report
from tests.factories import make_result


@pytest.fixture(scope="session")
def result() -> CrossValResult:
    return make_result()


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory, result: CrossValResult) -> Path:
    """A run's folder as crossval leaves it: the result alone."""
    run = tmp_path_factory.mktemp("run")
    write_json(run / "result.json", result.model_dump(mode="json"))
    return run


@pytest.fixture(scope="session")
def written(run_dir: Path) -> WrittenReport:
    return write_report(run_dir)
