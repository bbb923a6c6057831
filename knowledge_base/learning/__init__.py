"""Learning from what was asked: which questions were not answered well, put together by what they mean."""
