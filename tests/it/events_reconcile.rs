//! What a heartbeat is told of events that the Node has missed.
