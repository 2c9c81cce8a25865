"""How to read a benchmark, in sentences computed from its summary: what is proved and what cannot be."""

from motilens.config import Target
from motilens.data.names import listed
from motilens.evaluation.benchmark.claims import REFERENCE
from motilens.evaluation.benchmark.summary import BenchmarkSummary
from motilens.evaluation.compare import PERMUTATIONS
from motilens.report.benchmark_tables import SIGNIFICANT

FEW = 20
"""Below so many participants a bootstrap interval is too narrow to be believed."""


def facts(summary: BenchmarkSummary) -> tuple[tuple[str, str], ...]:
    """What was run on what: pairs of a name and a value."""
    left_out = f", {summary.left_out} videos or participants left out" if summary.left_out else ""
    repeats = [score.repeats for of_method in summary.methods.values() for score in of_method.values()]
    span = f"{min(repeats)} to {max(repeats)}" if len(set(repeats)) > 1 else f"{max(repeats, default=0)}"
    return (
        ("data", f"{summary.dataset}: {summary.n_participants} participants{left_out}"),
        ("data fingerprint", summary.data_fingerprint),
        ("methods", f"{len(summary.methods)}, {span} repeats of the folds, the same ones for all"),
        ("made by", f"motilens {summary.version}: `{summary.command}`"),
    )


def how_to_read(summary: BenchmarkSummary) -> tuple[str, ...]:
    """Sentences, most important first."""
    sentences = [sentence for target in summary.targets for sentence in _about_target(summary, target)]
    sentences += _about_size(summary)
    sentences.append(
        "Participants are the unit: a participant's repeats are averaged before anything else, since they are new "
        "trainings and not new people. Two methods are compared by their paired differences; two intervals of MAE that "
        "overlap say nothing about that."
    )
    if summary.floor:
        sentences.append(
            "Simulated data: the error against the laboratory's count holds the count's own error, as any real figure "
            "does; the error against the exact truth does not. The order of methods is what may carry over to real "
            "videos, the figures are not."
        )
    sentences.append(
        "Intervals tell how much other people would change a figure, not how much other training people would: they "
        "are a little too narrow for both."
    )
    return tuple(sentences)


def not_told_apart(summary: BenchmarkSummary, name: str, target: Target) -> tuple[str, ...]:
    """Other methods whose difference to this one is not significant, in the order of tables."""
    others = ((other, summary.pair(other, name, target)) for other in summary.scores(target) if other != name)
    return tuple(other for other, pair in others if pair is None or pair.p >= SIGNIFICANT)


def smallest_p(summary: BenchmarkSummary, target: Target) -> float:
    """The smallest corrected p that any pair could reach with so many participants and pairs."""
    n_pairs = len([pair for pair in summary.pairs if pair.target == target])
    n = min(score.n for score in summary.scores(target).values())
    raw = 2.0 / 2.0**n if 2.0**n <= PERMUTATIONS else 1.0 / (PERMUTATIONS + 1)
    return min(1.0, raw * n_pairs)


def _about_target(summary: BenchmarkSummary, target: Target) -> list[str]:
    scores = summary.scores(target)
    if len(scores) < 2:
        return []
    best = min(scores, key=lambda name: scores[name].mae)
    low, high = scores[best].ci95
    if smallest_p(summary, target) >= SIGNIFICANT:
        return [
            f"{target.capitalize()}: the lowest MAE is that of {best}, {scores[best].mae:.1f} ({low:.1f} to "
            f"{high:.1f}), but with {scores[best].n} participants and so many pairs no corrected p can lie below "
            f"{smallest_p(summary, target):.2g}, however different two methods are: that no star stands here says "
            "nothing. Look at the differences and their intervals."
        ]
    alike = not_told_apart(summary, best, target)
    words = f"not told apart from it: {listed(alike, most=20)}" if alike else "told apart from all others"
    found = [
        f"{target.capitalize()}: the lowest MAE is that of {best}, {scores[best].mae:.1f} ({low:.1f} to {high:.1f}); "
        f"{words}."
    ]
    if REFERENCE in scores:
        same = not_told_apart(summary, REFERENCE, target)
        worse = [name for name in scores if name not in (*same, REFERENCE) and scores[name].mae > scores[REFERENCE].mae]
        if same:
            found.append(f"Not shown to be better than the training mean on {target}: {listed(same, most=20)}.")
        if worse:
            found.append(f"Worse than the training mean on {target}: {listed(worse, most=20)}.")
    return found


def _about_size(summary: BenchmarkSummary) -> list[str]:
    if summary.n_participants >= FEW:
        return []
    return [
        f"{summary.n_participants} participants: intervals from so few are too narrow, and one odd participant moves "
        "every figure. Read this as a check that nothing breaks, not as a ranking."
    ]
