"""What the address of a channel says of it: its id, or a name that YouTube looks it up by."""

from dataclasses import dataclass

PLATFORM = "youtube"
BEFORE = "https://youtube.com/"
NO_LOOK_UP = (
    "YouTube lets nobody look up a channel by an address with /c/. "
    "Open it, and put the address with its @handle into the spreadsheet."
)
NOT_A_CHANNEL = "This is not the address of a YouTube channel."


@dataclass(frozen=True)
class Address:
    """channel_id: where the address has it. handle, username: what it is looked up by otherwise. refusal: why it
    cannot be."""

    channel_id: str = ""
    handle: str = ""
    username: str = ""
    refusal: str = ""

    @property
    def question(self) -> dict[str, str]:
        """As the API wants the name."""
        return {"forHandle": self.handle} if self.handle else {"forUsername": self.username}


def address(profile: str) -> Address:
    """Of a canonical address."""
    kind, _, name = profile.removeprefix(BEFORE).partition("/")
    if kind.startswith("@"):
        return Address(handle=kind)
    if kind == "channel" and name:
        return Address(channel_id=name)
    if kind == "user" and name:
        return Address(username=name)
    return Address(refusal=NO_LOOK_UP if kind == "c" else NOT_A_CHANNEL)
