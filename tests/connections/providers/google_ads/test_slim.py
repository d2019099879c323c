"""Messages cut down to what was asked for hold what Google's own do, and take less."""

from random import Random
from typing import Any

import pytest
from google.ads.googleads.v26.services.types.google_ads_service import SearchGoogleAdsStreamResponse

from connections.providers.google_ads import slim
from connections.providers.google_ads.rows import row_reader
from connections.providers.google_ads.sandbox.messages import UNKNOWN_FIELD
from connections.providers.google_ads.slim import Form, form_of
from connections.providers.google_ads.source import GoogleAdsSource
from connections.providers.google_ads.streams import AdMetrics, Metrics
from tests.connections.providers.google_ads.reading import TODAY

pytestmark = pytest.mark.once
STREAMS = [stream for stream in GoogleAdsSource.streams if isinstance(stream, Metrics)]


def answer(rows: int = 60, *, names: bool = True) -> Any:
    """As Google's: names of resources come with every part, and nothing comes for 0."""
    chance, message = Random(7), SearchGoogleAdsStreamResponse.pb()()
    message.field_mask.paths.extend(AdMetrics().question(TODAY, TODAY).selected)
    message.request_id = "one"
    for number in range(rows):
        row = message.results.add()
        row.customer.id, row.customer.currency_code = 2220002220, "USD"
        row.segments.date = f"2026-03-{number // 10 + 1:02}"
        row.campaign.id, row.ad_group.id = 10**10 + number % 3, 2 * 10**10 + number % 5
        row.ad_group_ad.ad.id = 6 * 10**10 + number % 7
        row.metrics.impressions, row.metrics.cost_micros = chance.randrange(3), chance.randrange(2**40)
        row.metrics.conversions_value = -chance.random()
        if names:
            row.campaign.resource_name = f"customers/2220002220/campaigns/{row.campaign.id}"
            row.campaign.status = number % 4
    return message


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_it_reads_what_googles_own_reads(stream: Metrics) -> None:
    message = answer()
    wanted = stream.question(TODAY, TODAY).selected
    theirs = row_reader(message.results[0].DESCRIPTOR, wanted)
    parsed = form_of(wanted).parse(message.SerializeToString())
    assert list(map(form_of(wanted).reader(), parsed.results)) == list(map(theirs, message.results))
    assert list(parsed.field_mask.paths) == list(message.field_mask.paths)


def test_a_field_of_a_newer_version_stops_nothing() -> None:
    message, form = answer(), form_of(AdMetrics().question(TODAY, TODAY).selected)
    before = list(map(form.reader(), form.parse(message.SerializeToString()).results))
    for row in message.results:
        row.MergeFromString(UNKNOWN_FIELD)
        row.campaign.MergeFromString(UNKNOWN_FIELD)
    assert list(map(form.reader(), form.parse(message.SerializeToString()).results)) == before


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slim, "KNOWN_AT_MOST", 2)
    message, form = answer(), form_of(AdMetrics().question(TODAY, TODAY).selected)
    theirs = row_reader(message.results[0].DESCRIPTOR, AdMetrics().question(TODAY, TODAY).selected)
    parsed = form.parse(message.SerializeToString())
    assert list(map(form.reader(), parsed.results)) == list(map(theirs, message.results))


def test_the_fields_of_a_part_stand_together() -> None:
    with pytest.raises(ValueError, match="together"):
        Form(["segments.date", "customer.id", "metrics.clicks", "customer.currency_code"], None)
