"""The one error of this package."""


class StackError(Exception):
    """Something went wrong that a person has to mend; the message says how.

    The command line prints the message alone. Any other exception is a defect of
    this package and keeps its traceback.
    """
