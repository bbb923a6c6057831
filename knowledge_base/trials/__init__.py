"""Content tests: what questions must be answered, tried on a release before it is one."""
