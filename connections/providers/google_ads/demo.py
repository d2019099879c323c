"""What opens the demo account of the sandbox, and nothing else."""

from typing import Final

DEMO_CUSTOMER: Final = "2220002220"
DEMO_TOKEN: Final = "sandbox-demo-refresh-token"  # noqa: S105 - opens nothing but the sandbox
