"""The restatement log as people read it: what changed since a moment, of what, by how much."""
