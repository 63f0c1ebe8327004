"""The key that a client shows."""

from collections.abc import Mapping


def presented_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the key that a client shows, in any of the places where Voice Live looks for it.

    https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference
    """
    bearer = headers.get("authorization") or query.get("authorization") or ""
    scheme, _, token = bearer.partition(" ")
    return (
        headers.get("api-key")
        or query.get("api-key")
        or (token.strip() if scheme.lower() == "bearer" else "")
    )
