"""How hard it is to guess a password from its hash."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SmallArgon2(Argon2PasswordHasher):
    """OWASP's choice for small machines: 19 MiB a sign-in. Django's own takes 100 MiB, and four at once fill ours."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
