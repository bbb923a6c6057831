"""The monthly report 月报: a month beside the one before and the same month of the year before."""
