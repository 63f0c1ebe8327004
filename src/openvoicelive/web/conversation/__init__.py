"""One conversation of the page: turn taking, answers, microphone, playback."""
