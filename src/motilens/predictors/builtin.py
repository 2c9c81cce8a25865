"""The built-in model: predicts from counts of cells, without any laboratory's labels.

Its networks come with the package and were taught by simulated cells (``networks/builtin/MODEL.md``). Percentages are
the shares of the counted cells; ``motilens train --method count-I4`` fits them to a laboratory's values.
"""

from pathlib import Path

from motilens.config import InputType, Target, preset
from motilens.errors import MismatchError
from motilens.networks.counter_file import BUILTIN, load_counter
from motilens.networks.weights import state_digest
from motilens.predictors.bundle import LoadedModel, load_model
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.origin import Origin


def open_model(model: str | Path, target: Target | None = None) -> LoadedModel:
    """Open the built-in model or a saved one.

    Args:
        model: ``builtin``, or the folder of a saved model.
        target: what to predict; None for the saved model's own target, or motility for the built-in one.

    Raises:
        MismatchError: the saved model has another target, or morphology is asked of the built-in one.
        MissingError, BundleError: as ``load_model``.
        WeightsError: the package is damaged.
    """
    if str(model) == BUILTIN:
        return builtin_model(target or "motility")
    loaded = load_model(Path(model))
    if target is not None and loaded.predictor.origin.target != target:
        raise MismatchError(
            f"the model {model} is for {loaded.predictor.origin.target}, not for {target}; leave out --target, or "
            "choose another --model"
        )
    return loaded


def builtin_model(target: Target, input_type: InputType = "I4") -> LoadedModel:
    """Open the built-in model.

    Args:
        target: motility; morphology is refused, since the networks do not see defects well enough to be believed
            without a laboratory's labels.
        input_type: I1 or I4.

    Raises:
        MismatchError: the target is morphology.
        MissingError: there is no such network in the package.
        WeightsError: the package is damaged.
    """
    if target == "morphology":
        raise MismatchError(
            "the built-in model does not predict morphology: its networks do not tell cells with defects from others; "
            "allowed: motility; or train a method on a laboratory's values with motilens train --target morphology"
        )
    counter = load_counter(BUILTIN, target, input_type)
    digest = state_digest(counter)[:12]
    origin = Origin(
        method=f"count-{input_type}",
        target=target,
        settings=preset("cpu", input_type),
        fits=(),
        n_parameters=0,
        notes=("shares of the counted cells, not fitted to labels",),
        weights_origin=f"counter {BUILTIN} ({digest}), taught by simulated cells",
    )
    return LoadedModel(CountingPredictor(origin, counter, None, None), digest)
