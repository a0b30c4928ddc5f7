"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something the user can mend: the message is one sentence and says what to do next."""
