"""Options of the command line that are short for a setting."""


def settings_of(
    *, backbone: str | None, weights: str | None, stacks: int | None, size: int | None, others: list[str] | None
) -> tuple[str, ...]:
    """Settings as ``config.changed`` takes them, those not given left out; ``--set`` comes last and wins."""
    named = {
        "regressor.backbone": backbone,
        "regressor.weights": weights,
        "stacks.stacks_per_video": stacks,
        "stacks.size_px": size,
    }
    return (*(f"{name}={value}" for name, value in named.items() if value is not None), *(others or ()))
