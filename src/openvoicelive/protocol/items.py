"""Conversation items as they stand on the wire, in both directions."""

from typing import Literal

import msgspec

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class InputTextPart(msgspec.Struct, frozen=True, tag="input_text"):
    """Text that a user or the system wrote."""

    text: str


class InputAudioPart(msgspec.Struct, frozen=True, tag="input_audio"):
    """Sound that a user spoke; only its words are kept."""

    audio: bytes | msgspec.UnsetType | None = msgspec.UNSET
    transcript: str | None = None


class InputImagePart(msgspec.Struct, frozen=True, tag="input_image"):
    """A picture for models that see."""

    image_url: str
    detail: Literal["auto", "low", "high"] = "auto"


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Text that the assistant wrote."""

    text: str


class AudioPart(msgspec.Struct, frozen=True, tag="audio"):
    """Words that the assistant spoke."""

    transcript: str = ""


ContentPart = InputTextPart | InputAudioPart | InputImagePart | TextPart | AudioPart


class _ItemBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    id: str = ""
    object: Literal["realtime.item"] = "realtime.item"


class MessageItem(_ItemBase, frozen=True, kw_only=True, tag="message"):
    """Something that the system, the user or the assistant said."""

    status: ItemStatus = "completed"
    role: Literal["system", "user", "assistant"]
    content: tuple[ContentPart, ...] = ()


class FunctionCallItem(_ItemBase, frozen=True, kw_only=True, tag="function_call"):
    """The assistant calls a function of the client."""

    status: ItemStatus = "completed"
    name: str
    call_id: str
    arguments: str = ""


class FunctionCallOutputItem(_ItemBase, frozen=True, kw_only=True, tag="function_call_output"):
    """What a function of the client answered."""

    status: ItemStatus = "completed"
    call_id: str
    output: str


Item = MessageItem | FunctionCallItem | FunctionCallOutputItem


def text_of(item: MessageItem) -> str:
    """Return the words of a message, parts in order, as one line of text."""
    words = []
    for part in item.content:
        match part:
            case InputTextPart(text) | TextPart(text):
                words.append(text)
            case InputAudioPart(transcript=str(transcript)) | AudioPart(transcript):
                words.append(transcript)
            case _:
                pass
    return " ".join(word for word in words if word)
