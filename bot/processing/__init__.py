"""Rasa's message processing, without the work that a turn of ours does not need (docs/decisions/0031)."""
