"""The contracts that the verbs share: the columns of every table, the one word pattern, the one error for users."""


class BroadsheetError(ValueError):
    """What a user can mend: one line that says what is wrong and what to do."""
