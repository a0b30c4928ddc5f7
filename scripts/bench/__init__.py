"""The project's own SQL beside what one would use in its place, on the same work.

``python -m scripts.bench`` prints ratios to reading and writing alone. Every measurement is a
process of its own (worker.py); this package only says which, in what order, and what came out.
"""
