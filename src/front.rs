//! How a front (the control socket, the tray, the demo) and the agent talk to each other.
//! A front sees views and sends requests; it never touches the session. The agent holds the [`Desk`].

pub mod icon;
