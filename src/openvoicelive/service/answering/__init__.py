"""Performs replies: from the order to reply to sound on its way to the client.

The session (`protocol/session`) decides about *responses*: which one begins, what it contains, when it ends.
It orders *replies*, and this package makes them. In order: `Replies` takes the orders. `ReplyTask` asks the
chat model and cuts its text into clauses. The synthesizer speaks them in its lane. `SpeechTrack` converts the
sound once and cuts it into stretches. `Pace` says when each goes to the session as a report.
"""
