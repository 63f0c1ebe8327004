"""The part of the wire checker that knows MCP: lists of tools, and calls that outlive their response."""

from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]

LIST_STEPS = {"in_progress": "created", "completed": "in_progress", "failed": "in_progress"}


@dataclass
class _Call:
    response_id: str
    index: int
    created: bool = False
    text: str = ""
    step: str = "written"
    """written, whole, asked, in_progress, completed, failed, done."""


class McpChecker:
    """Give it every event; it answers with the rule that is broken, if one is."""

    def __init__(self) -> None:
        self._lists: dict[str, str] = {}
        self._calls: dict[str, _Call] = {}

    def owns(self, event: Event) -> bool:
        """Whether the event is about a call, and its response need not be active."""
        item_id = event.get("item_id") or event.get("item", {}).get("id")
        return item_id in self._calls and event["type"] != "response.output_item.added"

    def is_whole(self, item_id: str) -> bool:
        """Whether the response that made the call may be done."""
        return self._calls[item_id].step != "written"

    def problem(self, event: Event) -> str | None:
        """Take one event."""
        kind, item = event["type"], event.get("item", {})
        match kind.split("."):
            case ["conversation", "item", "created"]:
                return self._created(item)
            case ["mcp_list_tools", step]:
                return self._listed(event["item_id"], step)
            case ["response", "output_item", "added"] if item["type"] == "mcp_call":
                self._calls[item["id"]] = _Call(event["response_id"], event["output_index"])
            case ["response", *rest] if self.owns(event):
                item_id = event.get("item_id") or item["id"]
                return self._in_call(self._calls[item_id], ".".join(rest), event)
            case ["response", *rest] if rest[0].startswith("mcp_call"):
                return "a call is added before anything is said about it"
        return None

    def _created(self, item: Event) -> str | None:
        if item["type"] == "mcp_list_tools":
            self._lists[item["id"]] = "created"
        elif item["type"] == "mcp_call":
            if item["id"] not in self._calls:
                return "a call is added to its response before it is in the conversation"
            self._calls[item["id"]].created = True
        return None

    def _listed(self, item_id: str, step: str) -> str | None:
        if self._lists.get(item_id) != LIST_STEPS[step]:
            return f"{step} follows {LIST_STEPS[step]}"
        self._lists[item_id] = step
        return None

    def _in_call(self, call: _Call, kind: str, event: Event) -> str | None:
        if (
            event["output_index"] != call.index
            or event.get("response_id", call.response_id) != call.response_id
        ):
            return "a call keeps its place"
        match kind:
            case "mcp_call_arguments.delta":
                call.text += event["delta"]
                return (
                    None
                    if call.created and call.step == "written" and event["delta"]
                    else "deltas come first"
                )
            case "mcp_call_arguments.done":
                known, call.step = call.step, "whole"
                return None if known == "written" and event["arguments"] == call.text else "the deltas add up"
            case "mcp_call.in_progress":
                known, call.step = call.step, "in_progress"
                return None if known == "whole" else "a call runs once its arguments are whole"
            case "mcp_call.completed":
                known, call.step = call.step, "completed"
                return None if known == "in_progress" else "a call completes that runs"
            case "mcp_call.failed":
                known, call.step = call.step, "failed"
                return (
                    None if known in {"in_progress", "whole"} else "a call fails that runs or is not allowed"
                )
            case "output_item.done":
                known, call.step = call.step, "done"
                return self._outcome(call, known, event["item"])
        return f"{kind} is not said about calls"

    @staticmethod
    def _outcome(call: _Call, step: str, item: Event) -> str | None:
        if item["arguments"] != call.text:
            return "the item is what the deltas said"
        if step == "completed":
            return None if item["output"] is not None and item["error"] is None else "it has an output"
        if step in {"failed", "written", "whole"}:
            return None if item["error"] else "it says why there is no output"
        return "an item is done once"
