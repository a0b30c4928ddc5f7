"""Questions of a responder, answered from what a build left: no answer is decided here.

The logic is the views of `models/questions/`, the same on every warehouse; the SQL files beside
this one filter them by parameters. `stored` opens a database, each question is a module, `show`
lays answers out for people, `export` for machines.
"""

from scripts.ask.answer import Answer, Table
from scripts.ask.explain import explain
from scripts.ask.export import FORMATS, exported
from scripts.ask.flows import flows_of
from scripts.ask.moment import parse_moment
from scripts.ask.show import show
from scripts.ask.vm import vm
from scripts.ask.who_had import who_had

__all__ = [
    "FORMATS",
    "Answer",
    "Table",
    "explain",
    "exported",
    "flows_of",
    "parse_moment",
    "show",
    "vm",
    "who_had",
]
