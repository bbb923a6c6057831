"""Recall 更正告知: whoever was told what turned out wrong is told what is right."""
