"""数据: what was asked and how it went, for those who answer for it. Pages only; the figures are worked out below."""
