//! What goes wrong on purpose: faults, and breakpoints at which a call is held.

pub(super) mod breakpoint;
pub(super) mod fault;
