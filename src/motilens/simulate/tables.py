"""VISEM's two tables as its own files have them: UTF-8 with BOM, ``;``, decimal comma, what is not known as text."""

from collections.abc import Sequence

from motilens.simulate.truth import VideoTruth

HEADER = (
    "ID;Sperm concentration (x10⁶/mL);Total sperm count (x10⁶);Ejaculate volume (mL);Sperm vitality (%);"
    "Normal spermatozoa (%);Head defects (%);Midpiece and neck defects (%);Tail defects (%);Cytoplasmic droplet (%);"
    "Teratozoospermia index;Progressive motility (%);Non progressive sperm motility (%);Immotile sperm (%);"
    "High DNA stainability, HDS (%);DNA fragmentation index, DFI (%)"
)
"""Of ``semen_analysis_data.csv``, letter by letter."""

NOT_KNOWN = "Not reported"
BOM = "\ufeff"


def semen_table(truths: Sequence[VideoTruth]) -> str:
    """Write ``semen_analysis_data.csv``: motility is exactly that of the cells drawn."""
    rows = [_semen_row(truth) for truth in truths]
    return BOM + "\n".join([HEADER, *rows]) + "\n"


def video_table(truths: Sequence[VideoTruth]) -> str:
    """Write ``videos.csv``: which video belongs to which participant."""
    return BOM + "\n".join(["ID;video", *(f"{truth.participant};{truth.video}" for truth in truths)]) + "\n"


def _semen_row(truth: VideoTruth) -> str:
    head, midpiece, tail = (_number(v) for v in truth.morphology_pct)
    progressive, non_progressive, immotile = (_number(v) for v in truth.motility_pct)
    fields = [str(truth.participant), _number(truth.concentration), *[NOT_KNOWN] * 4, head, midpiece, tail]
    fields += [*[NOT_KNOWN] * 2, progressive, non_progressive, immotile, *[NOT_KNOWN] * 2]
    return ";".join(fields)


def _number(value: float) -> str:
    """All digits, so that what is read is what was drawn."""
    return repr(float(value)).replace(".", ",")
