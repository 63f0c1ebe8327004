"""MCP servers in a session: their tools, calls and approvals."""
