"""What the supervisor cannot go on from; the message is for the person at the terminal."""


class CannotStart(Exception):
    """Something that must be put right first."""


class StopAsked(Exception):
    """A signal asked the supervisor to stop while it was waiting for something."""
