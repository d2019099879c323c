"""Why is a stream, a job or a chunk where it is, and what comes next? Looks only, and changes nothing."""

from syncing.explaining.answers import Answer, Explanation, Streams, explain, explain_all
from syncing.explaining.check import Check
from syncing.explaining.work import explain_chunk, explain_job

__all__ = ["Answer", "Check", "Explanation", "Streams", "explain", "explain_all", "explain_chunk", "explain_job"]
