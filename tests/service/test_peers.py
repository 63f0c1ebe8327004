"""What a transport's peer is told that plays sound itself, as a telephone does."""

from openvoicelive.protocol import client_events as client
from openvoicelive.protocol.server_events import AudioDelta, ResponseDone, ServerEvent
from openvoicelive.protocol.work import Close, FlushAudio
from openvoicelive.service.conversations.conductor import Conductor
from tests.service.scripted_engines import scripted
from tests.service.scripted_peer import ScriptedPeer
from tests.service.test_control_under_sound import RecordedSession


class CancellingPeer(ScriptedPeer):
    """Cancels the answer at its first sound."""

    async def send(self, event: ServerEvent) -> None:
        if isinstance(event, AudioDelta) and not any(isinstance(one, AudioDelta) for one in self.received):
            self.say(client.ResponseCancel())
        await super().send(event)


async def test_a_cancel_flushes_what_was_sent_before_the_answer_is_done() -> None:
    peer = CancellingPeer([{"type": "response.create"}], until=ResponseDone)
    engines = scripted(answers=["word " * 100]).together()
    await Conductor(RecordedSession(), engines, peer, limit_s=1_000, send_deadline_s=1).run()
    kinds = [type(one) for one in peer.received]
    flushed = kinds.index(FlushAudio)
    assert AudioDelta in kinds[:flushed]
    assert AudioDelta not in kinds[flushed:]
    assert kinds[-1] is ResponseDone


async def test_a_session_that_ends_closes_its_peer_last() -> None:
    peer = ScriptedPeer([], until=ResponseDone)
    await Conductor(RecordedSession(), scripted().together(), peer, limit_s=60, send_deadline_s=1).run()
    assert peer.received[-1] == Close(1001, "session_expired")
