"""How good the answers were: shares and other measures, each with its 95 % confidence interval."""

from bot.scoring.judging import Line, fault
from bot.scoring.measures import Score, share, wilson
from bot.scoring.report import report
from bot.scoring.sections import Section, ranking_scores, sections

__all__ = ["Line", "Score", "Section", "fault", "ranking_scores", "report", "sections", "share", "wilson"]
