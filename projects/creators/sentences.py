"""How is a decision said to people?"""

from collections.abc import Iterator, Sequence

from projects.creators.readings import Number, Side, Standing

WHO = {Side.SHEET: "sheet", Side.PLATFORM: "platform", Side.PERSON: "typed"}


def decision(
    policy: str, chosen: Number | None, voices: Sequence[Number], sides: Sequence[Standing], *, in_doubt: bool
) -> str:
    """MAX kept 1,000 (sheet) over 950 (platform); and what people should know beside it."""
    return "; ".join([_main(policy.upper(), chosen, voices), *_remarks(sides, in_doubt)])


def _main(policy: str, chosen: Number | None, voices: Sequence[Number]) -> str:
    if chosen is None:
        return "Neither the sheet nor the platform has a number"
    others = [each for each in voices if each.side is not chosen.side]
    if not others:
        return f"{policy} took {_number(chosen)}, the only number"
    if all(each.value == chosen.value for each in others):
        return f"{policy} kept {_number(chosen)}, and {_listed(others)} says the same"
    return f"{policy} kept {_number(chosen)} over {_listed(others)}"


def _remarks(sides: Sequence[Standing], in_doubt: bool) -> Iterator[str]:
    if in_doubt:
        yield "both changed at about the same time, so the larger one stands until somebody decides"
    for side in sides:
        if side.held:
            yield f"{_number(side.held)} waits for an answer, because {_said(side.base)} stood before"
        if side.aside:
            yield f"{_number(side.aside)} was put aside by an answer"
        if side.is_silent and side.newest:
            yield f"the {WHO[side.side]} has no number now, and its last one stands"


def _listed(numbers: Sequence[Number]) -> str:
    return " and ".join(map(_number, numbers))


def _number(number: Number) -> str:
    about = "about " if number.figures else ""
    return f"{about}{_said(number.value)} ({WHO[number.side]})"


def _said(value: int | None) -> str:
    return "nothing" if value is None else f"{value:,}"
