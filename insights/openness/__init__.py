"""Openness 公开: aggregated statistics as files that anybody may read, without a count that tells of single people."""
