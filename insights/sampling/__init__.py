"""Sampling 质检: some answers of a period, drawn by chance, are read by people who say whether they were right."""
