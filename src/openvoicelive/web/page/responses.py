"""Which response the browser may hear, which one the service is still busy with, and what was said. Pure."""


class Responses:
    """The responses of one conversation.

    Two ids matter and they differ after an interruption: `audible_id` is the response whose words and sound
    go to the browser, `unfinished_id` the one that the service has begun and not ended. It never runs two
    at once.
    """

    def __init__(self) -> None:
        self.audible_id: str | None = None
        self.unfinished_id: str | None = None
        self.owed = False
        """A typed message waits for its answer, which may be asked for when no response is unfinished."""
        self.unwanted = False
        """The next response was interrupted before it began."""
        self._cancelled_id: str | None = None
        self._words: dict[str, str] = {}

    def created(self, response_id: str) -> None:
        """Note that the service began a response."""
        self.unfinished_id = response_id
        if not self.unwanted:
            self.audible_id = response_id
        self.unwanted = False

    def done(self, response_id: str) -> bool:
        """Note that the service ended a response; returns whether the browser could hear it to the end."""
        if response_id == self.unfinished_id:
            self.unfinished_id = None
        if response_id != self.audible_id:
            return False
        self.audible_id = None
        return True

    def is_audible(self, response_id: str | None) -> bool:
        """Tell whether the browser may get this response's words and sound."""
        return response_id is not None and response_id == self.audible_id

    def to_cancel(self) -> str | None:
        """Return the unfinished response if the service must be told to stop it; once for each."""
        if self.unfinished_id == self._cancelled_id:
            return None
        self._cancelled_id = self.unfinished_id
        return self.unfinished_id

    def may_ask(self) -> bool:
        """Tell, once, that the response which a typed message is owed may be asked for now."""
        if not self.owed or self.unfinished_id is not None:
            return False
        self.owed = False
        return True

    def said(self, item_id: str, words: str) -> None:
        """Keep words of the audible response."""
        self._words[item_id] = self._words.get(item_id, "") + words

    def said_all(self, item_id: str) -> None:
        """Forget words that have been told as a whole."""
        self._words.pop(item_id, None)

    def silence(self) -> dict[str, str]:
        """Make the audible response inaudible; returns its words that were not told as a whole, by item."""
        self.audible_id = None
        words, self._words = self._words, {}
        return words
