"""How content comes to be: working copies, drafts, review, change orders, publication on a day."""
