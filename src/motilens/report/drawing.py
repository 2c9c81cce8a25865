"""Style of figures, and their rendering as SVG for the page and PNG for documents.

SVG text and axes have the page's own text colour, so that figures follow a light or dark page. Colours are those of
Okabe and Ito, which colour-blind readers can distinguish; folds differ in marker too.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "os^Dv*"
GREY = "#8a8f98"
PAPER = "#fefefe"
"""Background colour, for halos around text; replaced by the page's own background on the page."""

_INK = "#1a1c20"
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's own font
    "svg.hashsalt": "motilens",  # the same figure gives the same bytes
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "legend.frameon": False,
    **{f"{part}.color": _INK for part in ("text", "xtick", "ytick")},
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
}


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: file name without extension.
        caption: a sentence on what the figure shows.
        alt: alternative text for readers who cannot see the figure, with the main numbers.
        svg: an ``<svg>`` element for a page.
        png: a PNG file on white.
    """

    name: str
    caption: str
    alt: str
    svg: str
    png: bytes


@contextmanager
def drawing_of(width_in: float, height_in: float) -> "Iterator[Drawing]":
    """Open a matplotlib figure in the report's style, without pyplot's global state."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    with mpl.rc_context(_STYLE):  # pyright: ignore[reportArgumentType] - the keys are matplotlib's own
        drawing = Drawing(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(drawing)
        yield drawing


def finished(drawing: "Drawing", name: str, caption: str, alt: str) -> Figure:
    """Render a drawing as SVG and PNG."""
    svg, png = io.StringIO(), io.BytesIO()
    drawing.savefig(png, format="png", dpi=150, facecolor="white", metadata={"Software": None})
    drawing.set_layout_engine("none")  # the layout is computed once for both, as it takes longer than drawing
    drawing.savefig(svg, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Figure(name, caption, alt, _for_page(svg.getvalue(), name), png.getvalue())


def _for_page(svg: str, name: str) -> str:
    """Remove the XML prologue, use the page's colours, and make ids unique, since a page has several figures."""
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor").replace(PAPER, "var(--card)")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'\b(xlink:href|href)="#([^"]+)"', rf'\1="#{name}-\2"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
