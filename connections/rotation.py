"""Encrypt every stored login with the newest key, so that an older one can be taken away."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from connections import crypto
from connections.models import Credential

BATCH = 100


@dataclass
class Progress:
    """renewed: given a new secret by somebody else while we worked, and so left alone. locked: no key opens them."""

    total: int
    seen: int = 0
    moved: int = 0
    renewed: int = 0
    locked: int = 0


def rotate(at_once: int = BATCH) -> Iterator[Progress]:
    """One walk over all logins; says after each batch how far it is. Stopped anywhere, it can be begun again."""
    progress, last = Progress(_sealed().count()), 0
    while batch := list(_sealed().filter(pk__gt=last).order_by("pk")[:at_once]):
        _move(batch, progress)
        progress.seen, last = progress.seen + len(batch), batch[-1].pk
        yield progress


def older_keys() -> Counter[str]:
    """Per id of a key that is not the newest: how many logins need it. Found out by opening each."""
    names = (crypto.made_with(each.ciphertext) or each.key_id for each in _sealed().iterator(chunk_size=BATCH))
    return Counter(name for name in names if name != crypto.newest_key_id())


def _sealed() -> QuerySet[Credential]:
    return Credential.objects.exclude(ciphertext="").only("pk", "ciphertext", "key_id")


def _is_done(credential: Credential) -> bool:
    return credential.key_id == crypto.newest_key_id() == crypto.made_with(credential.ciphertext)


def _move(batch: list[Credential], progress: Progress) -> None:
    """Encrypting takes its time, so it comes before the transaction."""
    pending = []
    for credential in batch:
        if _is_done(credential):
            continue
        try:
            pending.append((credential, crypto.encrypt(crypto.decrypt(credential.ciphertext))))
        except crypto.UnknownKey:
            progress.locked += 1
    with transaction.atomic():
        for credential, (ciphertext, key_id) in pending:
            _replace(credential, ciphertext, key_id, progress)


def _replace(credential: Credential, ciphertext: str, key_id: str, progress: Progress) -> None:
    """Only what we have read: a login that was renewed meanwhile keeps its new secret."""
    same = Credential.objects.filter(pk=credential.pk, ciphertext=credential.ciphertext)
    if same.update(ciphertext=ciphertext, key_id=key_id):
        progress.moved += 1
    else:
        progress.renewed += 1
