from pathlib import Path

import pytest

from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.evaluation.summary import EvaluationSummary
from motilens.files import write_text
from motilens.report.write import WrittenReport, write_report
from tests.report.results import a_result


@pytest.fixture(scope="session")
def result() -> EvaluationResult:
    return a_result()


@pytest.fixture(scope="session")
def summary(result: EvaluationResult) -> EvaluationSummary:
    return summarise(result)


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory, result: EvaluationResult) -> Path:
    """A run's folder as evaluate leaves it: the result alone."""
    run = tmp_path_factory.mktemp("run")
    write_text(run / "result.json", result.model_dump_json(indent=1))
    return run


@pytest.fixture(scope="session")
def written(run_dir: Path) -> WrittenReport:
    return write_report(run_dir)
