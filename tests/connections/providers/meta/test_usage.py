"""What the usage headers say: percent, seconds and minutes, of several buckets, in several shapes."""

import json
from datetime import timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from connections.providers.meta.usage import nearly_full, told_until, usages
from tests.connections.providers.meta.reading import NOW


def found(**headers):
    texts = {
        name.replace("_", "-"): value if isinstance(value, str) else json.dumps(value)
        for name, value in headers.items()
    }
    return usages(CaseInsensitiveDict(texts), account="act_42", app="app_7")


def quiet(**headers):
    return {each.bucket: (each.until - NOW).total_seconds() for each in nearly_full(found(**headers), NOW)}


def test_every_recorded_header_is_understood(recordings_dir):
    percents = []
    for line in (recordings_dir / "meta/errors_and_headers/rate_limit_headers.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        percents.append([usage.percent for usage in found(**{recorded["header"]: recorded["value"]})])
    assert percents == [[28], [9.67], [95], [21, 88], [12.5, 40], [0, 0], []]


def test_a_recorded_business_header_blocks_at_95_percent(recordings_dir):
    lines = (recordings_dir / "meta/errors_and_headers/rate_limit_headers.jsonl").read_text().splitlines()
    recorded = json.loads(lines[2])
    assert quiet(**{recorded["header"]: recorded["value"]}) == {"act_42": 60}


@pytest.mark.parametrize(
    ("headers", "blocked"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"x_app_usage": {"call_count": 28, "total_time": 90}}, {"app_7": 60}, id="any counter"),
        pytest.param({"x_app_usage": {"call_count": 89.9}}, {}, id="below"),
        pytest.param(
            {"X_Ad_Account_Usage": {"acc_id_util_pct": 95, "reset_time_duration": 300}}, {"act_42": 300}, id="seconds"
        ),
        pytest.param(
            {"x_fb_ads_insights_throttle": {"app_id_util_pct": 100, "acc_id_util_pct": 92}},
            {"app_7": 60, "act_42": 60},
            id="insights",
        ),
        pytest.param(
            {
                "x_business_use_case_usage": {
                    "42": [
                        {"type": "ads_management", "call_count": 7},
                        {"type": "ads_insights", "total_cputime": 100, "estimated_time_to_regain_access": 4},
                    ],
                    "43": [{"type": "ads_insights", "call_count": 99, "estimated_time_to_regain_access": 9}],
                }
            },
            {"act_42": 240, "act_43": 540},
            id="minutes, several types and accounts",
        ),
        pytest.param(
            {"x_business_use_case_usage": {"66782684": [{"type": "ads_management", "call_count": 95}]}},
            {"act_42": 60},
            id="the business that owns the account",
        ),
        pytest.param(
            {
                "x_ad_account_usage": {"acc_id_util_pct": 91},
                "x_fb_ads_insights_throttle": {"acc_id_util_pct": 90},
                "x_business_use_case_usage": {"act_42": [{"call_count": 100, "estimated_time_to_regain_access": 2}]},
            },
            {"act_42": 120},
            id="the longest told pause",
        ),
        pytest.param({"x_app_usage": '{"call_count": 1}, {"call_count": 99}'}, {"app_7": 60}, id="two headers joined"),
    ],
)
def test_a_bucket_is_left_alone_from_ninety_percent_on(headers, blocked):
    assert quiet(**headers) == blocked


@pytest.mark.parametrize(
    "value",
    ["", "nonsense", "[]", "17", "null", '{"call_count": null}', '{"call_count": "many"}', '{"call_count": 1e999}',
     '{"42": null}', '{"42": {"call_count": 100}}', '{"42": [null, 3]}', '{"acc_id_util_pct": [95]}'],
)  # fmt: skip
def test_nonsense_in_a_header_is_no_usage(value):
    names = ("x-app-usage", "x-ad-account-usage", "x-business-use-case-usage", "x-fb-ads-insights-throttle")
    assert quiet(**dict.fromkeys(names, value)) == {}


def test_an_absurd_time_does_not_break_the_clock():
    usage = {"acc_id_util_pct": 100, "reset_time_duration": 1e300}
    assert quiet(x_ad_account_usage=usage) == {"act_42": timedelta(days=366).total_seconds()}


def test_a_refused_bucket_waits_as_long_as_its_own_headers_say():
    told = found(
        x_app_usage={"call_count": 100},
        x_ad_account_usage={"acc_id_util_pct": 9.67, "reset_time_duration": 100},
    )
    assert told_until(told, "act_42", {}, NOW) == NOW + timedelta(seconds=100)
    assert told_until(told, "app_7", {}, NOW) == NOW + timedelta(seconds=60)
