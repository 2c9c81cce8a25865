"""Writes the model card of the networks that count cells, in Markdown.

Mitchell et al. 2019, doi 10.1145/3287560.3287596.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from motilens.config import TARGET_NAMES, Target

_PURPOSE = """\
These networks count sperm cells in stacks of microscope frames. Each turns a stack into a feature-image of three
channels, and the feature-image into maps of how many cells of each class are where: progressive, non-progressive,
immotile; and cells with a defect of head, midpiece, tail. Percentages are ratios of sums over the maps.

**Not the paper's step 1.** The encoder is taught by the known classes of simulated cells. It is not an autoencoder that
is trained without labels.

## Intended use

Research, and as a start for a model that is fitted to a laboratory's own values (`motilens train --method count-I4`).
Not for diagnosis. Percentages of a microscope that nobody has compared with counts by eye may be wrong.

## Training data

Simulated cells alone; no frame and no label of a real recording. Short videos are drawn in which scale, frame rate,
brightness, contrast, polarity, focus, noise, debris, flow, density, percentages and codec vary
(`motilens.simulate.randomised`), and go through the same file, decoder and selection of frames as any other video.
"""

_LIMITS = """\
## Limits

- Simulated cells are not real ones. Data simulated by the same program are the networks' home: their errors there are
  smaller than elsewhere.
- The width of a pixel must be known, or be estimated from the heads, which is inexact.
- Cells that stand and beat are hard to tell from cells that stand and drift, above all below 50 frames a second.
- A defect can be seen only where a head is at least about eight pixels long. See the scores: where the error is that of
  the mean share, nothing was learned.
"""


def card_text(model: Mapping[str, Any]) -> str:
    """Write the card of the content of ``model.json``."""
    return "\n".join(
        [
            "# Networks that count cells",
            "",
            _PURPOSE,
            f"Seed {model['seed']}, {model['videos']} videos, simulator version {model['simulator_version']}, motilens "
            f"{model['motilens_version']}. Networks of this kind are trained by",
            "",
            "```",
            f"motilens train-counters --out counters --seed {model['seed']} --videos {model['videos']}",
            "```",
            "",
            "## Networks",
            "",
            *_table(model["counters"]),
            "",
            "## Scores on simulated stacks that were not trained on",
            "",
            "Mean absolute error of the shares of single stacks with at least five cells, in points; in brackets that "
            "of the mean share; then, by single cells, the area under the ROC curve, of which 0.5 is chance.",
            "",
            *_scores(model["counters"]),
            "",
            _LIMITS,
        ]
    )


def _table(counters: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        "| target | input | width of a pixel (um) | parameters | stacks | steps | weights |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [
        f"| {c['target']} | {c['input_type']} | {c['um_per_px']:g} | {c['n_parameters']:,} | {c['n_stacks']:,} | "
        f"{c['training']['steps']:,} | `{c['digest']}` |"
        for c in counters
    ]


def _scores(counters: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for target in dict.fromkeys(c["target"] for c in counters):
        names: tuple[str, str, str] = TARGET_NAMES[_target(target)]
        lines += [
            f"| {target} | counted / true cells | correlation of counts | {' | '.join(names)} |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for c in counters:
            if c["target"] == target:
                scores = c["scores"]
                errors = [
                    f"{e:.1f} ({k:.1f}), {_text(auc)}"
                    for e, k, auc in zip(
                        *(scores[name] for name in ("share_error_pct", "constant_error_pct", "auc_by_cell")),
                        strict=True,
                    )
                ]
                values = [c["input_type"], f"{scores['ratio']:.3f}", _text(scores["correlation"]), *errors]
                lines.append(f"| {' | '.join(values)} |")
        lines.append("")
    return lines[:-1]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _target(name: str) -> Target:
    return "motility" if name == "motility" else "morphology"
