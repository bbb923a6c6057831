"""Messages a second, beside plain Rasa: `python -m tests.benchmarks.throughput`."""
