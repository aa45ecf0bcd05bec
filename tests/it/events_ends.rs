//! What ends a stream.
