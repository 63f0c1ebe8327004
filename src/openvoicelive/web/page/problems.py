"""What a user is told when something does not work: a stable code, a sentence, and what the sentence names.

The page has each sentence in its user's language, under the code; this English one is for whoever has not.
"""

from typing import Self

import msgspec

from openvoicelive.web.page.messages import Values


class Problem(msgspec.Struct, frozen=True):
    """A problem with its remedy."""

    code: str
    sentence: str
    values: Values = {}

    @classmethod
    def of(cls, code: str, **values: str | float) -> Self:
        """Return the problem of this code; `values` are what its sentence names."""
        return cls(code, SENTENCES[code].format(**values), values)


SENTENCES = {
    # Before a session.
    "access_code": "The access code is missing or wrong. Ask whoever runs this page for it.",
    "access_code_locked": "Too many wrong access codes came from your network. Try again in {seconds} s.",
    "settings_missing": "{names} must be set; then start the app again.",
    "not_offered": "The operator does not let users choose {names}.",
    "value_not_offered": "The operator does not offer {value} as {name}.",
    "too_long": "{name} has at most {most} characters.",
    "out_of_range": "{name} must be from {least} to {most}.",
    "busy": "All places are taken: busy, try again in a minute.",
    # The app ends it.
    "session_limit": "The session reached its limit of {minutes} min. Start another to go on.",
    "draining": "The server is being updated, so the session has ended. Start another to go on.",
    "app_failed": "The app failed in this session; its log says why. Start another to go on.",
    "draining_soon": "The server is being updated: this session ends in {seconds} s. Start another to go on.",
    # The service does not begin.
    "service_asked_again": "The service is busy. Trying again in {seconds} s.",
    "credentials_missing": (
        "No Azure credentials were found. Set AZURE_VOICE_LIVE_API_KEY, or sign in with `az login`, "
        "then start the session again."
    ),
    "service_silent": (
        "{endpoint} did not answer within {seconds} s. "
        "Check AZURE_VOICE_LIVE_ENDPOINT and the network, then start the session again."
    ),
    "service_unreachable": (
        "{endpoint} cannot be reached. Check AZURE_VOICE_LIVE_ENDPOINT and the network, "
        "then start the session again."
    ),
    "own_service_unreachable": (
        "The service of this machine does not answer at {endpoint}. Start the app again; "
        "if it stays so, its log says why."
    ),
    "service_begins_nothing": (
        "{endpoint} accepted the connection but did not begin a session. "
        "Try again; if it stays so, check AZURE_VOICE_LIVE_ENDPOINT and VOICE_LIVE_MODEL."
    ),
    "session_refused": "The service refused the session: {reason}",
    "model_refused": (
        "{endpoint} refused the request (HTTP 400). Check VOICE_LIVE_MODEL: the resource may not offer it."
    ),
    "credentials_refused": (
        "{endpoint} refused the key (HTTP 401). Check AZURE_VOICE_LIVE_API_KEY, and that it belongs to this "
        "endpoint; for our own service, VOICE_LIVE_SERVICE_API_KEY."
    ),
    "identity_refused": (
        "{endpoint} does not let this identity in (HTTP 403). Give it the role Cognitive Services User, "
        "or set AZURE_VOICE_LIVE_API_KEY."
    ),
    "service_absent": (
        "{endpoint} has no Voice Live here (HTTP 404). Check AZURE_VOICE_LIVE_ENDPOINT and VOICE_LIVE_MODEL."
    ),
    "too_many_requests": "The service is busy (HTTP 429). Try again in a minute.",
    "service_loading": "The service is busy or still loading (HTTP 503). Try again in a minute.",
    "service_refused": (
        "{endpoint} refused the connection (HTTP {status}). Check AZURE_VOICE_LIVE_ENDPOINT."
    ),
    # The service ends it.
    "service_ended": "The service ended the session. Press Start session to begin another.",
    "service_restarted": (
        "The service ended the session: it is restarting, or the session reached its longest duration. "
        "Press Start session to begin another."
    ),
    "service_lost": ("The connection to the service was lost. Check the network, then press Start session."),
    "policy": "The service refused the session (policy). Check VOICE_LIVE_MODEL and the key's rights.",
    "message_too_large": ("The service refused a message because of its size. Press Start session to go on."),
    "service_failed": "The service failed (internal error). Press Start session to try again.",
    "service_restarting": "The service is restarting. Press Start session in a moment.",
    "service_busy": "The service is busy. Try again in a minute.",
    "service_closed": (
        "The service ended the session (close code {close_code}). Press Start session to go on."
    ),
    # The session goes on.
    "answer_failed": "{reason}",
    "service_error": "{reason}",
    "not_written_down": "What you said could not be recognised. Say it again, or type it.",
    "language_not_recognised": "Speech in this language is not understood here. Type instead.",
    # A sample, or a setting.
    "sample_running": "A sample is being spoken already. Wait until it ends.",
    "sample_in_session": "A voice can be tried before a session or after it, not while one runs.",
    "sample_failed": "This voice could not be heard: {reason}",
    "sample_silent": "This voice could not be heard within {seconds} s. Try again, or choose another.",
}
