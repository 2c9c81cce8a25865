"""The paper's Table 1: Thambawita et al., MediaEval 2019, arXiv 1911.03100.

MAE in points of percent on VISEM's 85 participants, per stack, over the organisers' three folds. For morphology only
the averages are published.
"""

from dataclasses import dataclass

from motilens.config import InputType, Target

SOURCE = "Thambawita et al. 2019, arXiv 1911.03100, Table 1"


@dataclass(frozen=True)
class Published:
    """One row of the paper's table.

    Attributes:
        folds: MAE of folds 1, 2, 3; None where only the average is given.
        average: average of the three folds, as printed.
    """

    folds: tuple[float, float, float] | None
    average: float


PUBLISHED: dict[Target, dict[InputType, Published]] = {
    "motility": {
        "I1": Published((13.330, 12.880, 12.840), 13.017),
        "I2": Published((12.890, 13.010, 13.150), 13.017),
        "I3": Published((10.850, 11.310, 10.750), 10.970),
        "I4": Published((9.462, 9.426, 9.393), 9.427),
    },
    "morphology": {
        "I1": Published(None, 5.715),
        "I2": Published(None, 5.606),
        "I3": Published(None, 5.632),
        "I4": Published(None, 5.777),
    },
}
