"""The stand-in for YouTube: answers calls, counts what they cost, and lets itself be controlled."""

from threading import RLock
from typing import Any

from connections.providers.youtube.sandbox.channels import DEMO_KEY, NUMBERS, Channel, standing_channels
from connections.providers.youtube.sandbox.errors import ERRORS, Refusal, bad_key, day_is_spent, no_key, refusal
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.desk import Desk, Row
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule, damage
from connections.sandbox.stand_in import StandIn

A_DAY = 10_000
MOST_AT_ONCE = 50
NOTE = (
    "Sandbox: this stands in for YouTube. Whole numbers, or nothing where YouTube leaves one out. "
    "What you set stays; the others grow by the hour."
)


class YouTubeSandbox(StandIn):
    """Below /youtube. keys: that it accepts. units: what was used of the day's quota."""

    name = "youtube"
    fault_kinds = frozenset({"error", "extra_field"})

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.lock = RLock()
        self.desk = Desk("YouTube channels", NOTE)
        self._begin()

    def _begin(self) -> None:
        self.keys = {DEMO_KEY}
        self.quota: int | None = A_DAY
        self.units = 0
        self.channels = {channel.handle: channel for channel in standing_channels(self.clock.now())}

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self._begin()

    def answer(self, call: Call) -> Reply:
        rules = self.faults.pick(call)
        with self.lock:
            reply = damage(self._reply(call, rules), rules)
        fault = ",".join(rule.kind for rule in rules)
        params = {name: value for name, value in call.params.items() if name != "key"}
        self.calls.record(
            LoggedCall(self.clock.now(), call.method, call.path, params, reply.status, bucket="units", fault=fault)
        )
        return reply

    def _reply(self, call: Call, rules: list[FaultRule]) -> Reply:
        try:
            self._refuse(call, rules)
            self.units += 1
            body = self._body(call)
        except Refusal as refused:
            return refused.reply()
        if any(rule.kind == "extra_field" for rule in rules):
            body = {
                **body,
                "newField": 1,
                "items": [{**item, "newField": {"of": "tomorrow"}} for item in body["items"]],
            }
        return json_reply(body)

    def _refuse(self, call: Call, rules: list[FaultRule]) -> None:
        """Raises the Refusal of a fault, of a key that nobody knows, or of a quota that is used up."""
        for rule in rules:
            if rule.kind == "error":
                raise ERRORS[str(rule.options.get("error", "server"))](rule.options)
        given = {name.lower(): value for name, value in call.headers.items()}
        key = given.get("x-goog-api-key") or call.params.get("key", "")
        if key not in self.keys:
            raise bad_key() if key else no_key()
        if self.quota is not None and self.units >= self.quota:
            raise day_is_spent()

    def _body(self, call: Call) -> dict[str, Any]:
        bodies = {
            "/youtube/v3/channels": self._channels,
            "/youtube/v3/playlistItems": self._uploads,
            "/youtube/v3/videos": self._videos,
            "/youtube/v3/i18nLanguages": self._languages,
        }
        found = bodies.get(call.path) if call.method == "GET" else None
        if found is None:
            raise refusal(404, f"There is nothing at {call.method} {call.path}.", "notFound")
        return found(call)

    def _channels(self, call: Call) -> dict[str, Any]:
        found = self._found(call.params)
        page = {"totalResults": len(found), "resultsPerPage": int(call.params.get("maxResults", "5"))}
        items = [self._parts(channel, call.params.get("part", "")) for channel in found]
        return {"kind": "youtube#channelListResponse", "etag": "sandbox", "pageInfo": page, "items": items}

    def _found(self, params: dict[str, str]) -> list[Channel]:
        if "id" in params:
            wanted = params["id"].split(",")
            if len(wanted) > MOST_AT_ONCE:
                raise refusal(400, "The request specifies an invalid filter parameter.", "invalidFilters")
            return [channel for channel in self.channels.values() if channel.id in wanted]
        if "forHandle" in params:
            handle = f"@{params['forHandle'].lower().removeprefix('@')}"
            return [self.channels[handle]] if handle in self.channels else []
        if "forUsername" in params:
            name = params["forUsername"].lower()
            return [channel for channel in self.channels.values() if name and channel.username.lower() == name]
        raise refusal(
            400, "No filter selected. Expected one of: forHandle, forUsername, id.", "missingRequiredParameter"
        )

    def _parts(self, channel: Channel, wanted: str) -> dict[str, Any]:
        item = channel.item(self.clock.now())
        return {name: item[name] for name in ("kind", "etag", "id", *wanted.split(",")) if name in item}

    def _uploads(self, call: Call) -> dict[str, Any]:
        """Of a channel without any, YouTube says that there is no such list."""
        wanted = call.params.get("playlistId", "")
        ids = next((each.video_ids() for each in self.channels.values() if each.uploads == wanted), [])
        if not ids:
            raise refusal(
                404, "The playlist identified with the request's playlistId cannot be found.", "playlistNotFound"
            )
        size, first = int(call.params.get("maxResults", "5")), int(call.params.get("pageToken", "0"))
        items = [{"kind": "youtube#playlistItem", "contentDetails": {"videoId": each}} for each in ids[first:][:size]]
        body = {"kind": "youtube#playlistItemListResponse", "etag": "sandbox", "items": items}
        return {**body, "nextPageToken": str(first + size)} if first + size < len(ids) else body

    def _videos(self, call: Call) -> dict[str, Any]:
        wanted = call.params.get("id", "").split(",")
        if len(wanted) > MOST_AT_ONCE:
            raise refusal(400, "The request specifies an invalid filter parameter.", "invalidFilters")
        known = {each.id[2:]: each for each in self.channels.values()}
        split = [each.rpartition("-") for each in wanted]
        items = [known[channel].video(int(number)) for channel, _, number in split if channel in known]
        return {"kind": "youtube#videoListResponse", "etag": "sandbox", "items": items}

    def _languages(self, call: Call) -> dict[str, Any]:
        item = {"kind": "youtube#i18nLanguage", "id": "en", "snippet": {"hl": "en", "name": "English"}}
        return {"kind": "youtube#i18nLanguageListResponse", "etag": "sandbox", "items": [item]}

    # By hand

    def set(self, handle: str, **wishes: Any) -> Channel:
        """set("@alma_bakes", subscribers=950, hidden=False). One that is not there is made."""
        with self.lock:
            channel = self.channels.get(handle) or Channel(handle, handle.removeprefix("@"))
            channel.set(**wishes)
            self.channels[channel.handle] = channel
            return channel

    def remove(self, handle: str) -> None:
        with self.lock:
            del self.channels[handle]

    def control(self, call: Call) -> Any:
        controls = {"": self._page, "channels": self._control_channels, "quota": self._control_quota}
        asked = controls.get(call.path.strip("/"))
        return asked(call) if asked else super().control(call)

    def _control_channels(self, call: Call) -> Any:
        """POST {"channel": "@alma_bakes", "subscribers": 950}; DELETE {"channel": "@alma_bakes"}."""
        if call.method in ("POST", "DELETE"):
            wishes = call.json()
            handle = wishes.pop("channel")
            self.remove(handle) if call.method == "DELETE" else self.set(handle, **wishes)
        with self.lock:
            now = self.clock.now()
            listed = [{"channel": each.handle, "id": each.id, **each.shown(now)} for each in self.channels.values()]
        return {"channels": listed}

    def _control_quota(self, call: Call) -> Any:
        """POST {"quota": 100}: units a day, null for no end; DELETE: a new day begins."""
        with self.lock:
            if call.method == "POST":
                self.quota = call.json()["quota"]
            if call.method == "DELETE":
                self.units = 0
            return {"quota": self.quota, "used": self.units}

    def _page(self, call: Call) -> Reply:
        with self.lock:
            now = self.clock.now()
            rows = [
                Row(handle, {name: "" if count is None else str(count) for name, count in channel.shown(now).items()})
                for handle, channel in self.channels.items()
            ]
            return self.desk.reply(call, rows, self._typed)

    def _typed(self, handle: str, name: str, text: str) -> None:
        if name not in NUMBERS or (text and not (text.isascii() and text.isdigit() and len(text) < 16)):
            raise ValueError(f"{text} of {handle} is no whole number.")
        self.set(handle, **{name: int(text) if text else None})
