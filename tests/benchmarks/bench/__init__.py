"""Everything that `make bench` measures, in one go and one table: `python -m tests.benchmarks.bench`."""
