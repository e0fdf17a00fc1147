//! When a program that ended by itself is started again, and after which wait. Whoever starts the
//! agent at a logon asks: the watchers of `autostart`, and the systemd unit before each start.

use std::time::Duration;

/// Before the first start again, the second, and so on; the last holds for all further ones.
const WAITS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
/// Whoever ran for so long has not failed at the start.
pub(super) const STABLE: Duration = Duration::from_secs(60);

/// Exit codes after which trying again makes nothing better, or is not wanted: done, wrong usage,
/// stopped before the close was accepted, wrong configuration, runs already. The systemd unit has
/// the same.
const FINAL: [i32; 5] = [0, 2, 7, 8, 9];

/// The starts so far.
#[derive(Debug, Default)]
pub struct Restarts {
    in_a_row: usize,
}

impl Restarts {
    /// The wait before the next start of a program that ran for `ran` and ended with `code` (none: it
    /// was killed); `None` if it is not to be started again.
    pub fn after(&mut self, ran: Duration, code: Option<i32>) -> Option<Duration> {
        if code.is_some_and(|code| FINAL.contains(&code)) {
            return None;
        }
        if ran >= STABLE {
            self.in_a_row = 0;
        }
        self.in_a_row += 1;
        Some(wait_after(self.in_a_row))
    }
}

/// The wait before the start after `failed` ones in a row.
pub(super) fn wait_after(failed: usize) -> Duration {
    match failed {
        0 => Duration::ZERO,
        failed => WAITS[(failed - 1).min(WAITS.len() - 1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);
    const KILLED: Option<i32> = None;

    #[test]
    fn whoever_fails_again_and_again_is_waited_for_longer_and_longer() {
        let mut restarts = Restarts::default();
        let waits: Vec<_> =
            (0..6).map(|_| restarts.after(SOON, KILLED).unwrap().as_secs()).collect();
        assert_eq!(waits, [1, 2, 5, 10, 10, 10]);
        assert_eq!(restarts.after(STABLE, Some(1)), Some(SOON), "it had started well");
    }

    #[test]
    fn nothing_is_started_again_after_a_wanted_end() {
        for code in FINAL {
            assert_eq!(Restarts::default().after(SOON, Some(code)), None, "exit code {code}");
        }
        let unit = include_str!("../../installer/linux/deskbeat.service");
        let lines = unit.lines().filter_map(|line| line.strip_prefix("RestartPreventExitStatus="));
        let codes: Vec<i32> =
            lines.flat_map(|line| line.split(' ')).map(|code| code.parse().unwrap()).collect();
        assert_eq!(codes, FINAL[1..], "systemd takes 0 for a wanted end by itself");
    }
}
