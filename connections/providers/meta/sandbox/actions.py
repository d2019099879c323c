"""The lists of actions and their values: overlapping types, attribution windows and reactions."""

from collections.abc import Mapping

import orjson

from connections.providers.meta.sandbox.delivery import Numbers
from connections.providers.meta.sandbox.errors import bad_parameter

Action = dict[str, str]
WINDOWS = frozenset({"1d_view", "1d_click", "7d_click", "28d_click", "1d_ev", "dda", "incrementality", "default"})
WINDOW_PERCENT = {"1d_view": 15, "1d_click": 60, "7d_click": 85, "28d_click": 95}
PURCHASES = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
PIXEL_PERCENT = 80


def actions(found: Numbers, params: Mapping[str, str]) -> list[Action]:
    """Types overlap as the real ones do: the three kinds of purchase are the same purchases."""
    engagement = found.link_clicks + found.reactions + found.comments + found.video_views
    counts = {
        "link_click": found.link_clicks,
        "landing_page_view": found.landing_views,
        "video_view": found.video_views,
        "comment": found.comments,
        "like": found.likes,
        "post_reaction": found.reactions,
        "post_engagement": engagement,
        "page_engagement": engagement + found.likes,
        "add_to_cart": found.carts,
        "omni_add_to_cart": found.carts,
        "offsite_conversion.fb_pixel_add_to_cart": found.carts * PIXEL_PERCENT // 100,
        **_purchases(found.purchases),
    }
    listed = [_action(kind, count, params) for kind, count in counts.items() if count]
    return _reactions(found, params) + listed


def action_values(found: Numbers, decimals: int, params: Mapping[str, str]) -> list[Action]:
    carts = found.revenue * 2
    amounts = {"add_to_cart": carts, "omni_add_to_cart": carts, **_purchases(found.revenue)}
    return [_action(kind, amount, params, decimals) for kind, amount in amounts.items() if amount]


def one_action(kind: str, count: int, params: Mapping[str, str]) -> list[Action] | None:
    return [_action(kind, count, params)] if count else None


def per_action(found: Numbers, decimals: int) -> list[Action]:
    """What each kind of action cost."""
    counts = {"link_click": found.link_clicks, "omni_purchase": found.purchases}
    units = 10**decimals
    return [
        {"action_type": kind, "value": ratio(found.spend, count * units)} for kind, count in counts.items() if count
    ]


def money(amount: int, decimals: int) -> str:
    """Major units without trailing zeros, as Meta writes them: 9.39, 10.1, 16."""
    return plain(f"{amount / 10**decimals:.{decimals}f}") if decimals else str(amount)


def ratio(part: float, whole: float) -> str:
    return plain(f"{part / whole:.6f}")


def plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _purchases(amount: int) -> dict[str, int]:
    general, everywhere, pixel = PURCHASES
    return {general: amount, everywhere: amount, pixel: amount * PIXEL_PERCENT // 100}


def _action(kind: str, amount: int, params: Mapping[str, str], decimals: int = 0) -> Action:
    action = {"action_type": kind, "value": money(amount, decimals)}
    for window in _windows(params):
        action[window] = money(amount * WINDOW_PERCENT.get(window, 100) // 100, decimals)
    return action


def _windows(params: Mapping[str, str]) -> list[str]:
    text = params.get("action_attribution_windows")
    if not text:
        return []
    asked = orjson.loads(text) if text.startswith("[") else text.split(",")
    if wrong := set(asked) - WINDOWS:
        raise bad_parameter(f"action_attribution_windows: {', '.join(sorted(wrong))} is not a valid window")
    return [window for window in asked if window != "default"]


def _reactions(found: Numbers, params: Mapping[str, str]) -> list[Action]:
    if "action_reaction" not in params.get("action_breakdowns", "") or not found.reactions:
        return []
    loved = found.reactions // 4
    split = {"like": found.reactions - loved, "love": loved}
    return [
        {"action_reaction": name, "action_type": "post_reaction", "value": str(count)}
        for name, count in split.items()
        if count
    ]
