"""Events of conversations for the office's other systems, by way of a message broker: docs/events.md."""
