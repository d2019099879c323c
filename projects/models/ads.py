"""Campaigns, ad sets, ads and their daily numbers, for every ads provider."""

from typing import ClassVar

from django.db import models

from projects.models.synced import SyncedRow


class AdObject(SyncedRow):
    """One thing an advertiser set up. Parents are plain ids: real answers lack them at times."""

    external_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    configured_status = models.CharField(max_length=40, blank=True)
    effective_status = models.CharField(max_length=40, blank=True)

    class Meta(SyncedRow.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name or self.external_id


class Campaign(AdObject):
    objective = models.CharField(max_length=60, blank=True)
    daily_budget_micros = models.BigIntegerField(null=True)
    lifetime_budget_micros = models.BigIntegerField(null=True)
    start_at = models.DateTimeField(null=True)
    stop_at = models.DateTimeField(null=True)

    class Meta(AdObject.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_campaign_each")
        ]


class AdSet(AdObject):
    """A group of ads with one audience and budget; Google calls it an ad group."""

    campaign_id = models.CharField(max_length=64, blank=True)
    daily_budget_micros = models.BigIntegerField(null=True)
    lifetime_budget_micros = models.BigIntegerField(null=True)
    start_at = models.DateTimeField(null=True)
    stop_at = models.DateTimeField(null=True)

    class Meta(AdObject.Meta):
        abstract = False
        verbose_name = "ad set"
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "external_id"], name="one_ad_set_each")]


class Ad(AdObject):
    campaign_id = models.CharField(max_length=64, blank=True)
    ad_set_id = models.CharField(max_length=64, blank=True)
    creative_id = models.CharField(max_length=64, blank=True)

    class Meta(AdObject.Meta):
        abstract = False
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "external_id"], name="one_ad_each")]


class AssetGroup(AdObject):
    """What a campaign has instead of ad groups and ads where the provider itself chooses what to show."""

    campaign_id = models.CharField(max_length=64, blank=True)

    class Meta(AdObject.Meta):
        abstract = False
        verbose_name = "asset group"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_asset_group_each")
        ]


class DailyMetric(SyncedRow):
    """What one object did on one day of its account's time zone. Money in millionths of the currency's unit."""

    class Level(models.TextChoices):
        ACCOUNT = "account"
        CAMPAIGN = "campaign"
        AD_SET = "ad_set"
        AD = "ad"
        ASSET_GROUP = "asset_group"

    level = models.CharField(max_length=12, choices=Level.choices)
    external_id = models.CharField(max_length=64)
    date = models.DateField()
    campaign_id = models.CharField(max_length=64, blank=True)
    ad_set_id = models.CharField(max_length=64, blank=True)
    impressions = models.BigIntegerField(default=0)
    clicks = models.BigIntegerField(default=0)
    spend_micros = models.BigIntegerField(default=0)
    conversions = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    revenue_micros = models.BigIntegerField(default=0)
    reach = models.BigIntegerField(null=True, help_text="People reached: cannot be added over days or objects.")
    actions = models.JSONField(default=dict)
    currency = models.CharField(max_length=3, blank=True)

    class Meta(SyncedRow.Meta):
        abstract = False
        verbose_name = "daily metric"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "level", "external_id", "date"], name="one_daily_metric_each")
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.external_id} on {self.date}"
