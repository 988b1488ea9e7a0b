"""A simulated week of a company: its people and their luck (company.py), and the judgement of its bells (judge.py)."""
