"""Interpretation of an evaluation, in sentences computed from it: what its numbers mean, and what they do not show."""

from dataclasses import dataclass

from motilens.config import Protocol, Target
from motilens.data.names import listed
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.statistics import PERMUTATIONS
from motilens.evaluation.summary import REFERENCE, SIGNIFICANT, EvaluationSummary, rounds_to_zero
from motilens.report.formatting import signed
from motilens.report.result_tables import fold_word

PROTOCOLS: dict[Protocol, str] = {
    "as-described": (
        "everything fitted (autoencoder, scaling, epoch) saw training participants only; if an epoch was chosen, an "
        "inner split of them chose it"
    ),
    "repeated": "as described, over several draws of the folds",
    "as-released": (
        "as the paper's released scripts do: the test fold itself chose the epoch, and fold 1 was used three times, "
        "with three seeds"
    ),
}

FEW = 40
"""Number of participants with which an MAE near 9 has a 95 % half-width of about 2 points."""

VERY_FEW = 20
"""Number of participants below which a bootstrap interval is too narrow to be trusted."""


@dataclass(frozen=True)
class Headline:
    """The main result for one target.

    Attributes:
        target: what is predicted.
        method: the method with the lowest error, with its description.
        mae: mean absolute error of that method, in points.
        interval: interval of that error.
        mean_mae: error of the training mean; None if it took no part.
        verdict: comparison of the two, in words.
        difference: difference of the two with its interval; empty if the training mean took no part.
        good: True if better, False if worse, None if not significant or if no conclusion can be drawn.
    """

    target: Target
    method: str
    mae: str
    interval: str
    mean_mae: str | None
    verdict: str
    difference: str
    good: bool | None


def headlines(summary: EvaluationSummary) -> tuple[Headline, ...]:
    """One headline per target; none for a target that only the training mean predicted."""
    found = []
    for target in summary.targets:
        best = best_method(summary, target)
        if best is None:
            continue
        scores, but = summary.scores(target), caveat(summary, target)
        score, mean = scores[best], scores.get(REFERENCE)
        low, high = score.ci95
        found.append(
            Headline(
                target=target,
                method=f"{best}, {summary.about[best].description}",
                mae=f"{score.mae:.1f}",
                interval=f"{low:.1f} to {high:.1f}",
                mean_mae=f"{mean.mae:.1f}" if mean else None,
                verdict=verdict(summary, best, target) + (f", {but}" if but else ""),
                difference=difference(summary, best, target),
                good=None if but else beats_the_mean(summary, best, target),
            )
        )
    return tuple(found)


def facts(summary: EvaluationSummary) -> tuple[tuple[str, str], ...]:
    """Facts about the evaluation, as pairs of a name and a value."""
    left_out = f", {summary.left_out} left out" if summary.left_out else ""
    repeats = {score.repeats for of_method in summary.methods.values() for score in of_method.values()}
    span = f"{min(repeats)} to {max(repeats)}" if len(repeats) > 1 else f"{max(repeats, default=0)}"
    word = ("run" if summary.protocol == "as-released" else "repeat") + "s" * (repeats != {1})
    return (
        ("data", f"{summary.dataset}: {summary.n_participants} participants tested{left_out}"),
        ("protocol", f"{summary.protocol}: {PROTOCOLS[summary.protocol]}"),
        ("methods", f"{len(summary.methods)}; {span} {word}, the same folds for all"),
        ("preset", summary.preset),
        ("data fingerprint", summary.data_fingerprint),
        ("made by", f"motilens {summary.version}"),
        ("command", summary.command),
    )


def how_to_read(summary: EvaluationSummary) -> tuple[str, ...]:
    """Sentences on how to read the numbers, most important first."""
    sentences = []
    if summary.protocol == "as-released":
        sentences.append(
            "These are not errors to expect on new participants: the epoch was chosen on the test participants, and "
            "all runs tested the same fold. Use --protocol as-described for those."
        )
    for target in summary.targets:
        sentences += _about_target(summary, target)
    sentences += _about_size(summary.n_participants)
    sentences.append(
        "The MAE per participant is what a laboratory needs: one prediction per participant, participants as the unit "
        "of the interval. The MAE per stack treats the many stacks of a participant as if each were new evidence; it "
        "is there to compare with the paper."
    )
    sentences.append(
        "Participants are the unit: a participant's repeats are averaged before anything else, since they are new "
        "trainings and not new people. Two methods are compared by their paired differences; whether their two "
        "intervals of MAE overlap says nothing about that."
    )
    if summary.floor:
        sentences.append(
            "Simulated data: the error against the laboratory's count contains the count's own error, as any real "
            "figure does; the error against the exact truth does not. The order of methods may carry over to real "
            "videos, the figures do not."
        )
    sentences.append(
        "Intervals show how much other test participants would change a figure, not how much other training "
        "participants would: they are a little too narrow for both."
    )
    return tuple(sentences)


def about_autoencoders(result: EvaluationResult) -> tuple[str, ...]:
    """Sentences on autoencoders that did not train well; none if all did."""
    scored = [(job, job.autoencoder) for job in result.jobs if job.autoencoder is not None]
    sentences = []
    dead = dict.fromkeys(f"{job.method} {fold_word(result)} {job.fold}" for job, s in scored if s.dead_channels)
    if dead:
        sentences.append(
            f"Some autoencoders have dead channels ({listed(dead, most=20)}): their feature-images hold less than they "
            "could, and the errors that follow say more about that than about the input."
        )
    blind = dict.fromkeys(job.method for job, s in scored if s.motion_r2 is not None and s.motion_r2 < 0.05)
    if blind:
        sentences.append(
            f"The autoencoders of {', '.join(blind)} reconstruct next to nothing of the motion in some "
            f"{fold_word(result)} (R² of the motion below 0.05): what these methods predict from is not motion."
        )
    return tuple(sentences)


def best_method(summary: EvaluationSummary, target: Target) -> str | None:
    """The method with the lowest error, apart from the training mean; None if there is no other."""
    others = {name: score.mae for name, score in summary.scores(target).items() if name != REFERENCE}
    return min(others, key=lambda name: others[name]) if others else None


def beats_the_mean(summary: EvaluationSummary, name: str, target: Target) -> bool | None:
    """Whether a method is better (True) or worse (False) than the training mean; None if not significant."""
    pair = summary.pair(name, REFERENCE, target)
    return None if pair is None or not pair.significant else pair.diff < 0


def verdict(summary: EvaluationSummary, name: str, target: Target) -> str:
    """Compare one method with the training mean, in words."""
    pair = summary.pair(name, REFERENCE, target)
    if pair is None:
        return "not compared with the training mean"
    if rounds_to_zero(pair.diff):
        return "the same as the training mean to one decimal"
    better = beats_the_mean(summary, name, target)
    if better is None:
        return "not significantly different from the training mean"
    return f"significantly {'better' if better else 'worse'} than the training mean"


def difference(summary: EvaluationSummary, name: str, target: Target) -> str:
    """The paired difference from the training mean with its interval, in words; empty if there is none."""
    pair = summary.pair(name, REFERENCE, target)
    if pair is None:
        return ""
    return f"difference {signed(pair.diff)} points, 95 % {signed(pair.ci95[0])} to {signed(pair.ci95[1])}"


def caveat(summary: EvaluationSummary, target: Target) -> str:
    """Reason why no conclusion can be drawn from a verdict; empty if there is none."""
    if summary.constant_labels(target):
        return "but the laboratory's values are the same for all participants, so nothing can be concluded"
    if summary.protocol == "as-released":
        return "but these participants chose the epoch, so the error is too low"
    if summary.n_participants < VERY_FEW:
        return f"but {summary.n_participants} participants are too few to conclude anything"
    return ""


def not_different(summary: EvaluationSummary, name: str, target: Target) -> tuple[str, ...]:
    """Other methods that are not significantly different from this one, in the order of tables."""
    others = ((other, summary.pair(other, name, target)) for other in summary.scores(target) if other != name)
    return tuple(other for other, pair in others if pair is None or not pair.significant)


def smallest_p(summary: EvaluationSummary, target: Target) -> float:
    """The smallest corrected p that any pair could reach with this many participants and pairs."""
    n_pairs = len([pair for pair in summary.pairs if pair.target == target])
    n = min(score.n for score in summary.scores(target).values())
    raw = 2.0 / 2.0**n if 2.0**n <= PERMUTATIONS else 1.0 / (PERMUTATIONS + 1)
    return min(1.0, raw * n_pairs)


def _about_target(summary: EvaluationSummary, target: Target) -> list[str]:
    scores, best = summary.scores(target), best_method(summary, target)
    if best is None:
        return []
    if summary.constant_labels(target):
        return [
            f"{target.capitalize()}: the laboratory's values are the same for all {scores[best].n} participants, so "
            "these figures say nothing about any method, and R² is not defined."
        ]
    low, high = scores[best].ci95
    but = " apart from the training mean" if _mean_wins(summary, target) else ""
    lowest = f"{target.capitalize()}: {best} has the lowest MAE{but}, {scores[best].mae:.1f} ({low:.1f} to {high:.1f})"
    if REFERENCE not in scores:
        return [f"{lowest}; without the training mean beside it that says little."]
    if smallest_p(summary, target) >= SIGNIFICANT:
        return [
            f"{lowest}, but with {scores[best].n} participants and this many pairs no corrected p can be below "
            f"{smallest_p(summary, target):.2g}, however different two methods are: that nothing is significant here "
            "means nothing. Look at the differences and their intervals."
        ]
    sentences = [f"{lowest}; it is {verdict(summary, best, target)} ({difference(summary, best, target)})."]
    alike = [name for name in not_different(summary, best, target) if name != REFERENCE]
    if alike:
        sentences.append(f"Not significantly different from {best} on {target}: {listed(alike, most=20)}.")
    elif len(scores) > 2:
        sentences.append(f"On {target} {best} differs significantly from every other method.")
    if len(scores) > 2:
        others = [name for name in scores if name != REFERENCE]
        same = [name for name in others if beats_the_mean(summary, name, target) is None]
        worse = [name for name in others if beats_the_mean(summary, name, target) is False]
        if same:
            sentences.append(
                f"Not significantly different from the training mean on {target}: {listed(same, most=20)}."
            )
        if worse:
            sentences.append(f"Significantly worse than the training mean on {target}: {listed(worse, most=20)}.")
        sentences.append(
            f"{best} was picked as the lowest of {len(others)} after seeing their errors, so its figure is a little "
            "too good."
        )
    return sentences


def _mean_wins(summary: EvaluationSummary, target: Target) -> bool:
    scores = summary.scores(target)
    return REFERENCE in scores and all(scores[REFERENCE].mae <= score.mae for score in scores.values())


def _about_size(n: int) -> list[str]:
    if n < VERY_FEW:
        return [
            f"{n} participants: intervals from so few are too narrow, and one unusual participant moves every figure. "
            "Read this as a check that everything works, not as a ranking."
        ]
    if n < FEW:
        return [f"{n} participants are few: differences smaller than the intervals' half-widths cannot be seen."]
    return []
