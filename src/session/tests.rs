//! Stories of the core.
