"""Watches the server's side of any conversation and fails on what the wire contract does not allow.

It knows only the contract: unique event ids, the order of a response's events, deltas that add up to what is
done, usage that adds up, one active response; and each event is what the official SDK's models and our own
structs declare.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.mcp_checker import McpChecker
from tests.conformance.schemas import deviation
from tests.conformance.sdk_models import misread

Event = dict[str, Any]


class ContractError(AssertionError):
    """The server said something that it must not."""


def require(condition: object, rule: str, event: Event) -> None:
    if not condition:
        raise ContractError(f"{rule}: {event}")


@dataclass
class _Item:
    index: int
    kind: str
    text: str = ""
    audio: bool = False
    parts: int = 0
    closed: list[str] = field(default_factory=list)
    done: bool = False


class WireChecker:
    """Give it every event, in order, to `check`; `finish` when the conversation is over."""

    def __init__(self) -> None:
        self.response_id: str | None = None
        self._event_ids: set[str] = set()
        self._items: dict[str, _Item] = {}
        self._created: set[str] = set()
        self._speaking: str | None = None
        self._first = True
        self._mcp = McpChecker()
        self._in_conversation = True
        self.counts: dict[str, int] = defaultdict(int)

    def check(self, event: Event) -> None:
        """Check one event."""
        kind = event["type"]
        self.counts[kind] += 1
        problem = deviation(event) or misread(event)
        require(problem is None, f"{problem}", event)
        require(event.get("event_id"), "every event has an id", event)
        require(event["event_id"] not in self._event_ids, "event ids are unique", event)
        self._event_ids.add(event["event_id"])
        require(self._first == (kind == "session.created"), "session.created comes first, once", event)
        self._first = False
        problem = self._mcp.problem(event)
        require(problem is None, f"{problem}", event)
        if self._mcp.owns(event) and kind != "conversation.item.created":
            return
        match kind.split("."):
            case ["response", "created"]:
                self._response_created(event)
            case ["response", "done"]:
                self._response_done(event)
            case ["response", *rest]:
                require(event["response_id"] == self.response_id, "it is the active response's", event)
                self._in_response(event, ".".join(rest))
            case ["input_audio_buffer", "speech_started"]:
                require(self._speaking is None, "speech starts once", event)
                self._speaking = event["item_id"]
            case ["input_audio_buffer", "speech_stopped"]:
                require(self._speaking == event["item_id"], "speech stops for the item it started for", event)
                self._speaking = None
            case ["input_audio_buffer", "committed" | "cleared"]:
                self._speaking = None
            case ["conversation", "item", "created"]:
                require(event["item"]["id"] not in self._created, "an item is created once", event)
                self._created.add(event["item"]["id"])
            case ["conversation", "item", "deleted"]:
                self._created.discard(event["item_id"])
            case _:
                pass

    def finish(self) -> None:
        """Check that nothing was left open."""
        if self.response_id is not None:
            raise ContractError(f"response {self.response_id} was never done")

    def _response_created(self, event: Event) -> None:
        response = event["response"]
        require(self.response_id is None, "one response is active at a time", event)
        require(response["status"] == "in_progress" and response["output"] == [], "it begins empty", event)
        self.response_id = response["id"]
        # Outside of the conversation there is nothing to announce in it.
        self._in_conversation = response["conversation_id"] is not None
        self._items = {}

    def _response_done(self, event: Event) -> None:
        response = event["response"]
        require(response["id"] == self.response_id, "the active response is done", event)
        require(response["status"] != "in_progress", "it has ended", event)
        done = (item.done or self._is_call(item_id) for item_id, item in self._items.items())
        require(all(done), "its items are done", event)
        require([item["id"] for item in response["output"]] == list(self._items), "output lists them", event)
        details = response["status_details"]
        expected = None if response["status"] == "completed" else response["status"]
        require((details or {}).get("type") == expected, "the details say why", event)
        for item in response["output"]:
            self._check_content(item, event)
        usage, given, made = response["usage"], *_details(response["usage"])
        cached = given["cached_tokens_details"]
        require(
            usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"], "totals add up", event
        )
        require(
            usage["input_tokens"] == given["text_tokens"] + given["audio_tokens"] + given["cached_tokens"],
            "input tokens add up",
            event,
        )
        require(
            given["cached_tokens"] == cached["text_tokens"] + cached["audio_tokens"],
            "cached tokens add up",
            event,
        )
        require(
            usage["output_tokens"] == made["text_tokens"] + made["audio_tokens"],
            "output tokens add up",
            event,
        )
        self.response_id = None

    def _in_response(self, event: Event, kind: str) -> None:
        if kind == "output_item.added":
            item = event["item"]
            require(event["output_index"] == len(self._items), "output indexes count up", event)
            closed = (other.done or self._is_call(known) for known, other in self._items.items())
            require(all(closed), "items come one after the other", event)
            self._items[item["id"]] = _Item(event["output_index"], item["type"])
            return
        item_id = event["item"]["id"] if kind == "output_item.done" else event["item_id"]
        require(item_id in self._items, "the item was added before", event)
        item = self._items[item_id]
        require(not item.done and event["output_index"] == item.index, "the item is open", event)
        match kind:
            case "content_part.added":
                in_order = item_id in self._created or not self._in_conversation
                require(in_order, "the item is in the conversation before its parts", event)
                item.parts += 1
            case "audio_transcript.delta" | "text.delta" | "function_call_arguments.delta":
                require(event["delta"], "deltas are not empty", event)
                require(not item.closed, "deltas come before the end", event)
                item.text += event["delta"]
            case "audio.delta":
                require(event["delta"] and not item.closed, "sound comes before the end", event)
                item.audio = True
            case "audio_transcript.done" | "text.done" | "function_call_arguments.done":
                done = event.get("transcript", event.get("text", event.get("arguments")))
                require(done == item.text, "the deltas add up", event)
                item.closed.append(kind)
            case "content_part.done":
                require(_text(event["part"]) == item.text, "the part is what the deltas said", event)
                item.closed.append(kind)
            case "output_item.done":
                require(
                    item.parts == 0 or "content_part.done" in item.closed, "parts end before items", event
                )
                self._check_content(event["item"], event)
                item.done = True
            case _:
                pass

    def _is_call(self, item_id: str) -> bool:
        """Whether it is a call of an MCP tool, which outlives its response, with all of its arguments."""
        return self._items[item_id].kind == "mcp_call" and self._mcp.is_whole(item_id)

    def _check_content(self, item: Event, event: Event) -> None:
        known = self._items[item["id"]]
        if known.kind == "mcp_call":
            return
        said = item["arguments"] if item["type"] == "function_call" else "".join(map(_text, item["content"]))
        require(said == known.text, "the item is what the deltas said", event)
        require(item["status"] in {"completed", "incomplete"}, "the item has ended", event)


def _details(usage: Event) -> tuple[Event, Event]:
    return usage["input_token_details"], usage["output_token_details"]


def _text(part: Event) -> str:
    return str(part.get("transcript") or part.get("text") or "")
