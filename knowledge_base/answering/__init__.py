"""From a question to an answer that the office approved: understanding, decision, wording.

understand → decide → word: each step is a plain function of its arguments, usable without Rasa.
"""
