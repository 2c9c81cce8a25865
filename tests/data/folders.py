"""VISEM-like folders made by the tests; the videos in them are empty files, for tests that read names alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

HEADER = (
    "ID;Sperm concentration (x10⁶/mL);Total sperm count (x10⁶);Ejaculate volume (mL);Sperm vitality (%);"
    "Normal spermatozoa (%);Head defects (%);Midpiece and neck defects (%);Tail defects (%);Cytoplasmic droplet (%);"
    "Teratozoospermia index;Progressive motility (%);Non progressive sperm motility (%);Immotile sperm (%);"
    "High DNA stainability, HDS (%);DNA fragmentation index, DFI (%)"
)

Row = Sequence[object]
"""Concentration, head, midpiece, tail, progressive, non-progressive, immotile."""

ROWS: dict[str, Row] = {
    "1": ("97,5", "97,0", "28,0", "9,7", 11, 17, 72),
    "2": ("3,8", "96,0", "36,0", "17,0", 41, 43, 16),
    "10": ("Not reported", "98,5", "39,0", "20,5", 30, 31, 39),
}


def semen_table(rows: Mapping[str, Row] = ROWS) -> str:
    """VISEM's own form: BOM, semicolons, decimal commas."""
    lines = [HEADER]
    for participant, (cells, head, midpiece, tail, *motility) in rows.items():
        known = [participant, cells, *["Not reported"] * 4, head, midpiece, tail, "7,3", "1,45", *motility, 6, 24]
        lines.append(";".join(map(str, known)))
    return "\ufeff" + "\n".join(lines) + "\n"


def write(path: Path, text: str = "") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def make_visem(root: Path, rows: Mapping[str, Row] = ROWS) -> Path:
    """VISEM's folder: videos with dates, remarks and assessors, both tables."""
    remarks = {"2": "_lots of debris"}
    names = {i: f"{i}_09.09.0{k + 1}{remarks.get(i, '')}_SSW.avi" for k, i in enumerate(rows)}
    for name in names.values():
        write(root / "videos" / name)
    write(root / "videos.csv", "\ufeffID;video\n" + "".join(f"{i};{name}\n" for i, name in names.items()))
    write(root / "semen_analysis_data.csv", semen_table(rows))
    return root
