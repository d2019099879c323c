"""What are the things called that numbers belong to, and what do they stand in?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from connections.models import Connection
from projects.models import AdSet, Campaign, DailyMetric
from projects.models.ads import AdObject
from projects.numbers.question import Question


@dataclass(frozen=True)
class Thing:
    """An account, a campaign ...; known by its id alone where the structure has not been read or lacks it."""

    external_id: str
    name: str = ""
    status: str = ""

    @property
    def said(self) -> str:
        return self.name or self.external_id


@dataclass(frozen=True)
class Named:
    """connection, the thing itself and what it stands in; None where that is unknown."""

    connection: Connection
    thing: Thing
    campaign: Thing | None
    ad_set: Thing | None


Place = tuple[UUID, str, dict[str, Any]]
"""A connection, the external id of a thing, and what its numbers say of its parents."""


def name_them(question: Question, places: Sequence[Place]) -> list[Named]:
    """At most three queries, however many they are."""
    objects = _objects(question.level.model, ((pk, key) for pk, key, _ in places))
    parents = [_parents(objects.get((pk, key)), said) for pk, key, said in places]
    campaigns = _objects(Campaign, ((place[0], at[0]) for place, at in zip(places, parents, strict=True)))
    ad_sets = _objects(AdSet, ((place[0], at[1]) for place, at in zip(places, parents, strict=True)))
    return [
        Named(
            connection=question.connections[pk],
            thing=_account(question.connections[pk], key)
            if question.level.code == DailyMetric.Level.ACCOUNT
            else _thing(key, objects.get((pk, key))),
            campaign=_thing(campaign, campaigns.get((pk, campaign))) if campaign else None,
            ad_set=_thing(ad_set, ad_sets.get((pk, ad_set))) if ad_set else None,
        )
        for (pk, key, _), (campaign, ad_set) in zip(places, parents, strict=True)
    ]


def _objects(model: type[AdObject] | None, wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], AdObject]:
    keys = {key for key in wanted if key[1]}
    if model is None or not keys:
        return {}
    found = model._default_manager.filter(
        connection__in={pk for pk, _ in keys}, external_id__in={external_id for _, external_id in keys}
    )
    return {(each.connection_id, each.external_id): each for each in found}


def _parents(held: AdObject | None, said: dict[str, Any]) -> tuple[str, str]:
    """Ids of campaign and ad set: as the structure has them, else as the numbers said; empty where neither knows."""
    campaign, ad_set = getattr(held, "campaign_id", ""), getattr(held, "ad_set_id", "")
    return campaign or said["in_campaign"], ad_set or said["in_ad_set"]


def _account(connection: Connection, external_id: str) -> Thing:
    return Thing(external_id, connection.name)


def _thing(external_id: str, held: AdObject | None) -> Thing:
    return Thing(external_id, held.name, held.effective_status) if held else Thing(external_id)


def name_parents(question: Question) -> tuple[Thing | None, Thing | None]:
    """The campaign and the ad set inside of which is asked. An ad set brings its campaign along."""
    pks = list(question.connections)
    ad_set = _first(AdSet, pks, question.ad_set)
    campaign = question.campaign or getattr(ad_set, "campaign_id", "")
    return (
        _thing(campaign, _first(Campaign, pks, campaign)) if campaign else None,
        _thing(question.ad_set, ad_set) if question.ad_set else None,
    )


def _first(model: type[AdObject], pks: list[UUID], external_id: str) -> AdObject | None:
    if not external_id:
        return None
    return model._default_manager.filter(connection__in=pks, external_id=external_id).first()
