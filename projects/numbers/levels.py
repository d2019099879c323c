"""Of which things can numbers be asked, and how do these hang together?"""

from dataclasses import dataclass

from projects.models import Ad, AdSet, Campaign, DailyMetric


@dataclass(frozen=True)
class Level:
    """code: of DailyMetric. stream: whose ledger of days says what was read. below: the level of its children."""

    code: str
    word: str
    words: str
    stream: str
    model: type[Campaign | AdSet | Ad] | None = None
    below: str = ""


_Code = DailyMetric.Level
LEVELS = {
    level.code: level
    for level in (
        Level(_Code.ACCOUNT, "account", "accounts", "account_metrics", below=_Code.CAMPAIGN),
        Level(_Code.CAMPAIGN, "campaign", "campaigns", "campaign_metrics", Campaign, below=_Code.AD_SET),
        Level(_Code.AD_SET, "ad set", "ad sets", "adset_metrics", AdSet, below=_Code.AD),
        Level(_Code.AD, "ad", "ads", "ad_metrics", Ad),
        Level(_Code.ASSET_GROUP, "asset group", "asset groups", "asset_group_metrics"),
    )
}
LEVEL_OF = {level.stream: level for level in LEVELS.values()}
"""By the type of a stream's chunks."""

USUAL_LEVEL = _Code.CAMPAIGN.value
