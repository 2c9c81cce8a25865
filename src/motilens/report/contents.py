"""Contents of a report: its sections and their blocks. Empty sections are left out."""

from collections.abc import Sequence

from motilens.config import Target
from motilens.evaluation.result import EvaluationResult, MethodInfo
from motilens.evaluation.summary import EvaluationSummary
from motilens.report.comparison_tables import findings_table, pairs_table
from motilens.report.cost_accuracy import cost_accuracy
from motilens.report.drawing import Figure
from motilens.report.figures import error_bars, predicted_against_true
from motilens.report.interpretation import best_method
from motilens.report.result_tables import (
    autoencoder_table,
    fold_word,
    left_out_table,
    participants_table,
    versions_table,
)
from motilens.report.score_tables import (
    agreement_table,
    assessor_table,
    concentration_table,
    costs_table,
    folds_table,
    main_table,
    published_table,
)
from motilens.report.section import Block, Details, Gallery, NamedPreview, Paragraphs, Preformatted, Section
from motilens.report.table import Table
from motilens.report.training_curves import autoencoder_curves, curve_names, target_curves


def report_sections(result: EvaluationResult, summary: EvaluationSummary) -> tuple[Section, ...]:
    """Every section of a run's report.

    Args:
        result: result of the evaluation.
        summary: summary of the result.
    """
    sections = [_target_section(result, summary, target) for target in summary.targets]
    sections.append(_section("findings", "The paper's findings", findings_table(summary)))
    sections.append(_section("costs", "Costs", _cost_figure(summary), costs_table(summary)))
    sections.append(_section("autoencoders", "Autoencoders", autoencoder_table(result), autoencoder_curves(result)))
    sections.append(_section("feature-images", "Feature-images of test participants", *_galleries(result)))
    sections.append(_origin_section(result))
    return tuple(section for section in sections if section.blocks)


def main_tables(summary: EvaluationSummary) -> tuple[Table, ...]:
    """Tables for a terminal: errors of the methods on each target, and the paper's findings."""
    mains = (main_table(summary, target) for target in summary.targets)
    return tuple(table for table in (*mains, findings_table(summary)) if table is not None)


def summary_tables(summary: EvaluationSummary) -> tuple[Table, ...]:
    """All tables that can be made from the summary alone, in the order of a document."""
    tables: list[Table | None] = [*main_tables(summary)]
    for target in summary.targets:
        tables += _score_tables(summary, target)
    return tuple(table for table in (*tables, costs_table(summary)) if table is not None)


def _score_tables(summary: EvaluationSummary, target: Target) -> tuple[Table | None, ...]:
    """All tables of one target but the main one."""
    return (
        published_table(summary, target),
        pairs_table(summary, target),
        agreement_table(summary, target),
        folds_table(summary, target),
        assessor_table(summary, target),
        concentration_table(summary, target),
    )


def _section(key: str, title: str, *blocks: Block | None) -> Section:
    return Section(key, title, tuple(block for block in blocks if block is not None))


def _details(title: str, blocks: Sequence[Block]) -> Details | None:
    return Details(title, tuple(blocks)) if blocks else None


def _target_section(result: EvaluationResult, summary: EvaluationSummary, target: Target) -> Section:
    best = best_method(summary, target)
    scatters = {
        name: predicted_against_true(result, summary, name, target)
        for name in summary.scores(target)
        if not _is_constant(summary.about[name])
    }
    curves = [target_curves(result, target, name) for name in curve_names(result, target)]
    return _section(
        target,
        target.capitalize(),
        main_table(summary, target),
        error_bars(summary, target),
        scatters.get(best) if best else None,
        *_score_tables(summary, target),
        _details("Predicted against true, other methods", [f for name, f in scatters.items() if name != best]),
        _details("Training by epoch", [figure for figure in curves if figure is not None]),
    )


def _is_constant(method: MethodInfo) -> bool:
    """Whether a method predicts the same for all participants of a fold, so that a scatter plot would show nothing."""
    return not method.needs and method.cost != "submission"


def _cost_figure(summary: EvaluationSummary) -> Figure | None:
    scores = [score for of_method in summary.methods.values() for score in of_method.values()]
    has_costs = len([score for score in scores if score.cpu_s_per_participant is not None]) > 1
    return cost_accuracy(summary) if has_costs else None


def _galleries(result: EvaluationResult) -> tuple[Block, ...]:
    galleries = []
    for method in result.methods:
        previews = tuple(
            NamedPreview(
                f"{method.name}_{fold_word(result)}{job.fold}_{_file_name(preview.participant)}",
                f"{fold_word(result)} {job.fold}",
                preview,
            )
            for job in result.jobs
            if job.method == method.name
            for preview in job.previews
        )
        if previews:
            galleries.append(Gallery(f"{method.name}: {method.description}", previews))
    if not galleries:
        return ()
    chose = ", but they chose its epoch" if result.protocol == "as-released" else ""
    intro = (
        "What the CNN is given: three channels shown as red, green and blue, beside the stack's first frame and its "
        "standard deviation over time (bright where something moved). Nothing was fitted to these participants"
        f"{chose}."
    )
    return (Paragraphs((intro,)), *galleries)


def _origin_section(result: EvaluationResult) -> Section:
    left_out = left_out_table(result.left_out, what="recording, participant or method")
    same: dict[str, list[str]] = {}
    for name, settings in result.settings.items():
        same.setdefault(settings.model_dump_json(indent=2), []).append(name)
    return _section(
        "origin",
        "Where it comes from",
        left_out or Paragraphs(("Nothing was left out.",)),
        Details("Participants", (participants_table(result),)),
        Details("Folds: who trains and who is tested", (Paragraphs(_fold_lines(result)),)),
        *(Details(f"All settings of {', '.join(names)}", (Preformatted(text),)) for text, names in same.items()),
        Details("Versions", (versions_table(result),)),
    )


def _fold_lines(result: EvaluationResult) -> tuple[str, ...]:
    lines = []
    for of_repeat in result.repeats:
        lines.append(f"Repeat {of_repeat.repeat}: {of_repeat.source}.")
        for fold in of_repeat.folds:
            tests, trains = ", ".join(fold.test_ids), ", ".join(fold.train_ids)
            lines.append(f"{fold_word(result).capitalize()} {fold.fold} tests {tests}; trains on {trains}.")
    return tuple(lines)


def _file_name(text: str) -> str:
    """A participant's name as part of a file name, on any system."""
    return "".join(c if c.isalnum() or c in "-." else "_" for c in text)
