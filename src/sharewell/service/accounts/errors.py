"""What stops an action on accounts."""


class AccountError(Exception):
    """It cannot be done; the message says why and what to do."""
