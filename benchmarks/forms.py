"""Draw one cell of each form that the simulator knows, as the microscope shows it; twice the native size.

    python benchmarks/forms.py --out docs/images/forms.jpg

Rows: heads, midpieces, tails; in each the normal one first, then the defects in the order of ``simulate.morphology``.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from motilens.files import write_bytes
from motilens.simulate.cells import Cell, cell_of, joined_cells
from motilens.simulate.domain import Domain
from motilens.simulate.morphology import HEAD_FORMS, MIDPIECE_FORMS, TAIL_FORMS, Form, draw_form
from motilens.simulate.motion.walk import walks
from motilens.simulate.optics.drawing import draw_frame
from motilens.simulate.optics.light import draw_optics, noise_sheet
from motilens.simulate.scene import make_scene

WIDTH_PX, HEIGHT_PX, STEP_PX = 640, 360, (100, 110)


def form_with(head: str = "normal", midpiece: str = "normal", tail: str = "normal") -> Form:
    """The first drawn form that is so."""
    for seed in range(10_000):
        form = draw_form(np.random.default_rng(seed), (50.0, 50.0, 50.0))
        if (form.head, form.midpiece, form.tail) == (head, midpiece, tail):
            return form
    raise SystemExit(f"no form with head {head}, midpiece {midpiece}, tail {tail} in 10,000 draws")


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    out: Path = parser.parse_args().out
    optics = replace(
        draw_optics(np.random.default_rng(0), um_per_px=0.495, height_px=HEIGHT_PX, width_px=WIDTH_PX),
        level=88.0,
        colour=(93.0, 87.5, 81.0),
    )
    domain = Domain.around(optics)
    rows = (
        [form_with(head=head) for head in HEAD_FORMS],
        [form_with(midpiece=midpiece) for midpiece in MIDPIECE_FORMS],
        [form_with(tail=tail) for tail in TAIL_FORMS],
    )
    cells: list[Cell] = []
    for row, forms in enumerate(rows):
        for column, form in enumerate(forms):
            x, y = (domain.margin_px + 60 + step * k for step, k in zip(STEP_PX, (column, row), strict=True))
            place = (x / domain.width_px, y / domain.height_px)
            drawn = cell_of(np.random.default_rng(len(cells)), 2, "still", (0.0, 0.0, 0.0), place=place, defocus=0.0)
            cells.append(replace(drawn, form=form, heading_rad=-1.0))
    scene = make_scene(optics, joined_cells(cells, width_um=domain.width_um, height_um=domain.height_um))
    rng = [np.random.default_rng(k) for k in range(len(cells))]
    walk = next(walks(scene.cells, rng, n_frames=1, fps_hz=50.0))
    sheet = noise_sheet(np.random.default_rng(0), optics)
    picture = draw_frame(scene, walk, 0, time_s=0.0, fps_hz=50.0, sheet=sheet, noise=np.random.default_rng(0))
    large = cv2.resize(picture.rgb()[..., ::-1], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    write_bytes(out, cv2.imencode(out.suffix, large)[1].tobytes())


if __name__ == "__main__":
    main()
