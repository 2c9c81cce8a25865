"""The built-in model: predicts from counts of cells, without any laboratory's labels.

Its networks come with the package and were taught by simulated cells (``networks/builtin/MODEL.md``). Percentages are
the shares of the counted cells; ``motilens train --method count-I4`` fits them to a laboratory's values.
"""

from motilens.config import InputType, Target, preset
from motilens.networks.counter_file import BUILTIN, load_counter
from motilens.networks.weights import state_digest
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.origin import Origin


def builtin_model(target: Target, input_type: InputType = "I4") -> LoadedModel:
    """Open the built-in model.

    Args:
        target: motility or morphology.
        input_type: I1 or I4.

    Raises:
        MissingError: there is no such network in the package.
        WeightsError: the package is damaged.
    """
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
