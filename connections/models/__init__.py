from connections.models.audit import AuditEvent
from connections.models.connection import Connection
from connections.models.credentials import Credential
from connections.models.drafts import SealedDraft
from connections.models.tokens import ApiToken
from connections.models.workspaces import Membership, Workspace

__all__ = ["ApiToken", "AuditEvent", "Connection", "Credential", "Membership", "SealedDraft", "Workspace"]
