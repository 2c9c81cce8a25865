"""How to read a result, in sentences computed from it: which number to trust, and what the data cannot tell."""

from motilens.config import Protocol, Target
from motilens.evaluation.result import CrossValResult
from motilens.report.scores import Judged, MethodScore, best_model, run_label
from motilens.report.table import MINUS

PROTOCOL_WORDS: dict[Protocol, str] = {
    "as-described": (
        "everything fitted (autoencoder, scaling, epoch) saw training participants only; the epoch was chosen on an "
        "inner split of them"
    ),
    "as-released": (
        "as the paper's released scripts do: the test fold itself chose the epoch, and fold 1 was used three times, "
        "with three seeds"
    ),
}

FEW = 40
"""Below so many participants an MAE near 9 has a 95 % half-width of about 2 points."""

VERY_FEW = 10
"""Below so many a bootstrap interval is too narrow to be believed."""


def facts(judged: Judged) -> tuple[tuple[str, str], ...]:
    """What was run on what: pairs of a name and a value."""
    result, tested = judged.result, judged.tested
    stacks = sum(p.n_stacks for p in result.participants if p.participant in tested)
    seconds = result.timing
    return (
        ("protocol", f"{result.protocol}: {PROTOCOL_WORDS[result.protocol]}"),
        ("preset", result.preset),
        ("participants", f"{len(tested)} tested, {stacks} stacks, {len(result.left_out)} left out"),
        ("folds", f"{len(result.folds)}, {result.fold_source}"),
        ("data fingerprint", result.data_fingerprint),
        ("made by", f"motilens {result.motilens_version}: {result.command}"),
        *((("time", ", ".join(f"{step} {s:.0f} s" for step, s in seconds.items())),) if seconds else ()),
    )


def how_to_read(judged: Judged) -> tuple[str, ...]:
    """Sentences, most important first."""
    sentences = []
    if judged.result.protocol == "as-released":
        sentences.append(
            "These are not errors to expect on new participants: the epoch was chosen on the test participants, and "
            "all runs tested the same fold. Use --protocol as-described for those."
        )
    for target, scores in judged.scores.items():
        sentences += _about_target(target, scores)
    sentences.append(
        "Trust the MAE per participant, which is what a laboratory needs: one answer a participant, participants as "
        "the unit of the interval. The MAE per stack counts many stacks of one participant as if they were news each "
        "time; it is there to compare with the paper."
    )
    sentences += _about_size(len(judged.tested))
    sentences += _about_step1(judged.result)
    return tuple(sentences)


def verdict(score: MethodScore) -> str:
    """One method against the training mean, in words."""
    if score.minus_mean is None:
        return "not compared with the training mean"
    if score.beats_the_mean is None:
        return "not told apart from the training mean"
    return f"{'better' if score.beats_the_mean else 'worse'} than the training mean"


def caveat(judged: Judged) -> str:
    """What forbids to conclude anything from a verdict; empty if nothing does."""
    if judged.result.protocol == "as-released":
        return "but these participants chose the epoch, so it is too good"
    if len(judged.tested) < VERY_FEW:
        return f"but {len(judged.tested)} participants are too few to conclude anything"
    return ""


def difference(score: MethodScore) -> str:
    """The paired difference to the training mean with its interval, in words; empty without one."""
    if score.minus_mean is None:
        return ""
    value, low, high = (f"{v:+.1f}".replace("-", MINUS) for v in score.minus_mean)
    return f"difference {value} points, 95 % {low} to {high}"


def _about_target(target: Target, scores: tuple[MethodScore, ...]) -> list[str]:
    best = best_model(scores)
    if best is None:
        return []
    models = [score for score in scores if score.is_model]
    value, low, high = best.mae
    error = f"{value:.1f} points (95 % {low:.1f} to {high:.1f})"
    said = f"{target.capitalize()}: {best.method} has the lowest error of the models, {error}"
    if best.minus_mean is None:
        return [f"{said}; without the training mean beside it that says little."]
    sentences = [f"{said}; it is {verdict(best)} ({difference(best)})."]
    if len(models) > 1:
        groups = {
            "better than the training mean": [s.method for s in models if s.beats_the_mean],
            "not told apart from it": [s.method for s in models if s.beats_the_mean is None],
            "worse": [s.method for s in models if s.beats_the_mean is False],
        }
        told = "; ".join(f"{what}: {', '.join(names)}" for what, names in groups.items() if names)
        sentences.append(
            f"Of all models on {target}, {told}. The lowest of {len(models)} is picked after seeing them, so its "
            "figure is a little too good."
        )
    counts = [s for s in scores if s.method in ("count", "count-lab") and s.mae[0] <= best.mae[0]]
    if counts:
        names = " and ".join(s.method for s in counts)
        sentences.append(
            f"Cell count alone ({names}) does as well on {target}, so nothing shows that {best.method} sees more."
        )
    return sentences


def _about_size(n: int) -> list[str]:
    if n < VERY_FEW:
        return [f"{n} participants are too few for any conclusion: the intervals themselves cannot be believed."]
    if n < FEW:
        return [f"{n} participants are few: differences smaller than the intervals' half-widths cannot be seen."]
    return []


def _about_step1(result: CrossValResult) -> list[str]:
    sentences = []
    dead = sorted({f"{s.input_type} {run_label(result, s.fold)}" for s in result.step1 if s.dead_channels})
    if dead:
        sentences.append(
            f"Some autoencoders have dead channels ({', '.join(dead)}): their feature-images hold less than they "
            "could, and the errors that follow say more of that than of the input."
        )
    blind = sorted({s.input_type for s in result.step1 if s.test_motion_r2 is not None and s.test_motion_r2 < 0.05})
    if blind:
        sentences.append(
            f"The autoencoders of {', '.join(blind)} hold next to nothing of the motion in some fold (R² of the motion "
            "below 0.05): what their models know there is not motion."
        )
    return sentences
