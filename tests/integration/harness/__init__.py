"""What the integration tests are made of: the node as a process, senders before it, sinks behind
it, and an oracle that knows only what those two saw."""
