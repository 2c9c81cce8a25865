"""Writes the report of a validation: one page to file away, and a table of all pairs."""

from pathlib import Path

from motilens.files import write_text
from motilens.report.agreement_figures import agreement_figure
from motilens.report.html import validation_page
from motilens.report.result_tables import left_out_table
from motilens.report.section import Block, Details, Paragraphs, Preformatted, Section
from motilens.report.table import to_csv
from motilens.report.validation_tables import agreement_table, limits_table, pairs_table
from motilens.validation.checks import PercentageAgreement
from motilens.validation.replicates import CELLS_COUNTED
from motilens.validation.result import Validation

PAGE_FILE = "validation.html"
PAIRS_FILE = "pairs.csv"

HOW_TO_READ = (
    "Bias is the mean of prediction minus laboratory. 95 % of the differences of single samples lie between the limits "
    "of agreement if they are normal (Bland and Altman 1986); both the predictions and the laboratory's counts make "
    "them wide. A slope of the difference on the mean says that the bias depends on the percentage.",
    "The Passing-Bablok line (1983) allows for errors in both values: a slope of 1 and an intercept of 0 mean no "
    "proportional and no constant bias. A small p of linearity says that no line describes the relation.",
    "Concordance (Lin 1989) is 1 if all pairs are equal. Total motility is 100 minus immotile and agrees like "
    "immotile.",
    "This holds for samples, microscope, chamber and staff like those here, and says nothing about samples that were "
    "left out.",
)
"""Sentences on how to read the numbers."""


def write_validation(out: Path, result: Validation) -> Path:
    """Write ``validation.html`` and ``pairs.csv`` into the folder of a validation.

    Args:
        out: the folder.
        result: the validation.

    Returns:
        The page.

    Raises:
        StorageError: the disk is full or cannot be written to.
    """
    write_text(out / PAIRS_FILE, to_csv(pairs_table(result)))
    write_text(out / PAGE_FILE, validation_page(result, _facts(result), outcome_sentences(result), _sections(result)))
    return out / PAGE_FILE


def outcome_sentences(result: Validation) -> tuple[str, ...]:
    """What the outcome means, in whole sentences."""
    met = sum(check.outcome == "passed" for check in result.checks)
    sentences = []
    if result.overall.outcome != "passed":
        words = "Not met" if result.overall.outcome == "failed" else "Not shown"
        sentences.append(f"{words}: {'; '.join(result.overall.reasons)}.")
    if result.checks:
        sentences.append(f"{met} of {len(result.checks)} limits are met, over {len(result.samples)} samples.")
    if n := len(result.left_out):
        were = "participant or recording was" if n == 1 else "participants or recordings were"
        sentences.append(f"{n} {were} left out; nothing is shown about those.")
    return tuple(sentences)


def _facts(result: Validation) -> tuple[tuple[str, str], ...]:
    model, limits = result.model, result.limits
    written = "none" if limits is None else f"{limits.name}, last changed {limits.changed}, SHA-256 {limits.sha256}"
    scale = "from the data, or estimated" if result.um_per_px is None else f"{result.um_per_px:g} um"
    return (
        ("date", result.date),
        ("data", f"{result.dataset}, {len(result.samples)} samples compared"),
        ("data fingerprint", result.data_fingerprint),
        ("model", f"{model.name} {model.digest}: method {model.method}, made by motilens {model.motilens_version}"),
        ("trained on", model.trained_on),
        ("limits", written),
        ("width of a pixel", scale),
        ("motilens", result.motilens_version),
    )


def _sections(result: Validation) -> tuple[Section, ...]:
    limits = limits_table(result)
    nothing = Paragraphs(("No limits were given, so the numbers below are not compared with anything.",))
    return (
        Section("limits", "Limits", (nothing if limits is None else limits,)),
        Section("reading", "How to read this", (Paragraphs(HOW_TO_READ),)),
        *(_percentage_section(result, k, found) for k, found in enumerate(result.agreements)),
        Section("samples", "Samples", (pairs_table(result),)),
        Section("origin", "Where it comes from", _origin(result)),
    )


def _percentage_section(result: Validation, k: int, found: PercentageAgreement) -> Section:
    laboratory = [sample.laboratory_pct[k] for sample in result.samples]
    predicted = [sample.predicted_pct[k] for sample in result.samples]
    cells_counted = CELLS_COUNTED if result.limits is None else result.limits.limits.cells_counted
    return Section(
        found.percentage.replace(" ", "-"),
        found.percentage.capitalize(),
        (agreement_figure(found, laboratory, predicted), agreement_table(found, cells_counted)),
    )


def _origin(result: Validation) -> tuple[Block, ...]:
    left_out = left_out_table(result.left_out, what="name")
    versions = "\n".join(f"{name} {version}" for name, version in result.versions.items())
    return (
        Paragraphs(("Nothing was left out.",)) if left_out is None else left_out,
        *(
            ()
            if result.limits is None
            else (Details(f"The file {result.limits.name}", (Preformatted(result.limits.text),)),)
        ),
        Details("Versions", (Preformatted(versions),)),
    )
