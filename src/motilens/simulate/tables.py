"""Writes VISEM's tables in the format of its own files: UTF-8 with BOM, ``;``, decimal comma, ``Not reported``."""

from collections.abc import Mapping, Sequence
from typing import Literal

from motilens.simulate.truth import Percentages, VideoTruth

TableOf = Literal["exact", "seen", "counted"]
"""Percentages in the laboratory's table: the participant's, those of the cells in view, or a simulated count."""

HEADER = (
    "ID;Sperm concentration (x10⁶/mL);Total sperm count (x10⁶);Ejaculate volume (mL);Sperm vitality (%);"
    "Normal spermatozoa (%);Head defects (%);Midpiece and neck defects (%);Tail defects (%);Cytoplasmic droplet (%);"
    "Teratozoospermia index;Progressive motility (%);Non progressive sperm motility (%);Immotile sperm (%);"
    "High DNA stainability, HDS (%);DNA fragmentation index, DFI (%)"
)
"""First line of ``semen_analysis_data.csv``, exactly as in VISEM."""

OTHERS = ("participant_related_data.csv", "sex_hormones.csv", "fatty_acids_serum.csv", "fatty_acids_spermatoza.csv")
"""VISEM's other tables (the last name is misspelled there); simulated ones hold the IDs alone."""

NOT_KNOWN = "Not reported"
BOM = "\ufeff"


def tables(truths: Sequence[VideoTruth], table_of: TableOf) -> Mapping[str, str]:
    """Format every table; returns the texts by file name."""
    keys = BOM + "\n".join(["ID", *(str(truth.participant) for truth in truths)]) + "\n"
    return {
        "videos.csv": BOM + "\n".join(["ID;video", *(f"{truth.participant};{truth.video}" for truth in truths)]) + "\n",
        "semen_analysis_data.csv": BOM
        + "\n".join([HEADER, *(_row(truth, percentages_of(truth, table_of)) for truth in truths)])
        + "\n",
        **dict.fromkeys(OTHERS, keys),
    }


def percentages_of(truth: VideoTruth, table_of: TableOf) -> Percentages:
    """Select the percentages that a table holds."""
    return {"exact": truth.exact, "seen": truth.seen, "counted": truth.counted}[table_of]


def _row(truth: VideoTruth, percentages: Percentages) -> str:
    head, midpiece, tail = (_number(v) for v in percentages.morphology_pct)
    progressive, non_progressive, immotile = (_number(v) for v in percentages.motility_pct)
    fields = [str(truth.participant), _number(truth.concentration), *[NOT_KNOWN] * 4, head, midpiece, tail]
    fields += [*[NOT_KNOWN] * 2, progressive, non_progressive, immotile, *[NOT_KNOWN] * 2]
    return ";".join(fields)


def _number(value: float) -> str:
    """Format a number with all its digits, so that reading gives exactly the value that was drawn."""
    return repr(float(value)).replace(".", ",")
