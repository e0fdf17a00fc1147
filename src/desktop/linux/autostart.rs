//! The start at a logon, so that a crash is not the end: by the user's systemd, which starts the
//! agent's unit again, or where there is none by a watcher of our own.

use std::io::Write;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io};

use tokio::process::{Child, Command};

use super::stop;
use crate::desktop::restarts::{Restarts, STABLE, wait_after};
use crate::session::interface::time::in_seconds;

const UNIT: &str = "deskbeat.service";
/// A user's systemd that does not answer is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What of the desktop's environment the unit is to have, beside what begins with a word below.
const NAMES: [&str; 9] = [
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "LANG",
    "LANGUAGE",
    "TZ",
    "NO_PROXY",
    "no_proxy",
];
const PREFIXES: [&str; 5] = ["XDG_", "LC_", "DESKBEAT_", "AWS_", "GTK_"];
const SUFFIXES: [&str; 2] = ["_PROXY", "_proxy"];
/// Where the unit's starts are noted: gone with the user's last logon.
const STARTS: &str = "deskbeat-starts";
/// What systemd itself waits before each start again: the unit's RestartSec.
const RESTART_SEC: Duration = Duration::from_secs(1);

/// Has the user's systemd start the agent, with this desktop's environment. False where there is no
/// such systemd, or no such unit, or not for this user.
pub async fn start_unit() -> bool {
    let set: Vec<String> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| is_wanted(name))
        .collect();
    let gone =
        ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().filter(|name| env::var_os(name).is_none());
    let import = ["import-environment"].into_iter().chain(set.iter().map(String::as_str));
    let forget = ["unset-environment"].into_iter().chain(gone);
    if systemctl(import).await.is_none() || systemctl(forget).await.is_none() {
        return false;
    }
    // A loop of crashes of an earlier logon is not held against this one.
    let _was_not_failed = systemctl(["reset-failed", UNIT]).await;
    if systemctl(["start", UNIT]).await.is_none() {
        return false;
    }
    // The unit is not for root, who may have a desktop all the same.
    let condition = systemctl(["show", "--value", "--property=ConditionResult", UNIT]).await;
    condition.is_none_or(|held| held.trim() != "no")
}

fn is_wanted(name: &str) -> bool {
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// What it prints; `None` if it fails, or takes too long.
pub(super) async fn systemctl<'a>(args: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let run = Command::new("systemctl")
        .arg("--user")
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(PATIENCE, run).await.ok()?.ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Starts the agent, and starts it again when it ends without being told to; returns after a wanted
/// end. A signal to stop goes to the agent, whose end is waited for.
pub async fn watch_agent() -> io::Result<()> {
    let stopping = stop::signal()?;
    tokio::pin!(stopping);
    let (program, mut restarts) = (env::current_exe()?, Restarts::default());
    loop {
        let started = Instant::now();
        let (code, what) = match Command::new(&program).spawn() {
            Ok(mut agent) => {
                let status = tokio::select! {
                    status = agent.wait() => status?,
                    _ = &mut stopping => return stop_agent(agent).await.map(drop),
                };
                (status.code(), format!("ended ({status})"))
            }
            // Just being replaced by another version, or for want of memory: that passes.
            Err(error) => (None, format!("cannot be started ({error})")),
        };
        let Some(wait) = restarts.after(started.elapsed(), code) else { return Ok(()) };
        // Beside the agent's own words. Nobody need read them.
        let wait_words = in_seconds(wait);
        let _nobody_reads = writeln!(
            io::stderr(),
            "deskbeat: the agent {what}: it is started again in {wait_words}"
        );
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = &mut stopping => return Ok(()),
        }
    }
}

async fn stop_agent(mut agent: Child) -> io::Result<ExitStatus> {
    let pid = agent.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(pid) = pid {
        // It may have ended by itself just now.
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    agent.wait().await
}

/// The unit's wait before it starts the agent: longer and longer while it ends at once, which systemd
/// can do by itself only from version 254 on.
pub async fn wait_before_start() {
    let Some(folder) = env::var_os("XDG_RUNTIME_DIR") else { return };
    let file = std::path::Path::new(&folder).join(STARTS);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let noted = fs::read_to_string(&file).unwrap_or_default();
    let recent = recent_starts(&noted, now);
    let text: String =
        recent.iter().chain([&now]).map(|at| format!("{}\n", at.as_millis())).collect();
    // Without the note the wait is systemd's alone.
    let _noted = fs::write(&file, text);
    tokio::time::sleep(wait_after(recent.len()).saturating_sub(RESTART_SEC)).await;
}

/// Those that led to another start within the time after which a program counts as stable.
fn recent_starts(noted: &str, now: Duration) -> Vec<Duration> {
    let mut later = now;
    let mut recent: Vec<Duration> = Vec::new();
    for at in noted.lines().rev().filter_map(|line| line.parse().ok().map(Duration::from_millis)) {
        let longest = STABLE + wait_after(recent.len() + 1);
        if at > later || later - at > longest {
            break;
        }
        recent.push(at);
        later = at;
    }
    recent.reverse();
    recent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_waits_longer_after_each_early_end_and_forgets_it_once_it_runs() {
        let seconds = Duration::from_secs;
        let at = |starts: &[u64], now| {
            let noted: String = starts.iter().map(|at| format!("{at}000\n")).collect();
            wait_after(recent_starts(&noted, seconds(now)).len())
        };
        assert_eq!(at(&[], 100), Duration::ZERO, "the first of a logon");
        assert_eq!(at(&[100], 102), seconds(1));
        assert_eq!(at(&[100, 102], 104), seconds(2));
        assert_eq!(at(&[100, 102, 105], 107), seconds(5));
        assert_eq!(at(&[100, 102, 105, 111, 122], 133), seconds(10));
        assert_eq!(at(&[100, 102, 105], 5000), Duration::ZERO, "the last one ran for long");
        assert_eq!(at(&[100, 5000], 5002), seconds(1));
        assert_eq!(at(&[9000], 100), Duration::ZERO, "another clock");
    }
}
