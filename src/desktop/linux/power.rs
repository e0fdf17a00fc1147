//! Shutdown and logoff through systemd's own tools, which ask logind and polkit.

use std::process::{Command, Stdio};

use crate::agent::after_end::PowerError;

/// Powers the machine off; what EC2 does then is the instance's shutdown behaviour.
pub fn shut_down() -> Result<(), PowerError> {
    run("systemctl", &["poweroff", "--no-ask-password"])
}

/// The caller's session, or else its user's on the display. Source: org.freedesktop.login1(5).
const TERMINATE: [&str; 5] = [
    "call",
    "org.freedesktop.login1",
    "/org/freedesktop/login1/session/auto",
    "org.freedesktop.login1.Session",
    "Terminate",
];

/// Ends the user's session.
pub fn log_off() -> Result<(), PowerError> {
    match std::env::var("XDG_SESSION_ID") {
        Ok(id) => run("loginctl", &["terminate-session", &id]),
        // A service has none of its own: logind knows the user's.
        Err(_) => run("busctl", &TERMINATE),
    }
}

fn run(program: &str, args: &[&str]) -> Result<(), PowerError> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| PowerError::CannotRun { program: program.into(), error })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("no reason given").trim().to_owned();
    Err(PowerError::Refused(format!("{program} {} was refused: {said}", args[0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_the_systems_own_words() {
        let refused =
            run("sh", &["-c", "echo 'Access denied' >&2; exit 1"]).unwrap_err().to_string();
        assert!(refused.ends_with("was refused: Access denied"), "{refused}");
        assert!(run("sh", &["-c", "true"]).is_ok());
        let missing = run("deskbeat-no-such-program", &["x"]).unwrap_err().to_string();
        assert!(missing.starts_with("deskbeat-no-such-program cannot be run: "), "{missing}");
    }
}
