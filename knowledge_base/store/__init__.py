"""The knowledge store: immutable revisions of units, drafts, and the releases that they belong to."""
