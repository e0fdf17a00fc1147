//! Follows the configuration's file and Group Policy: a change is checked, and given to the session,
//! the tray and the watch for absence. A wrong one is told and changes nothing.

use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::agent::link::Link;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Policy};
use crate::session::Event;
use crate::session::words::codes::Code;

/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Which content a file has, as far as the file system tells.
type Mark = Option<(SystemTime, u64)>;

fn mark(file: &Path) -> Mark {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Follows the file of `config` and Group Policy, for ever. `load` reads all sources again.
pub(super) async fn follow(
    config: &Config,
    load: &impl Fn() -> Result<Config, ConfigError>,
    link: &Link,
    changed: &watch::Sender<Config>,
    clock: &Clock,
) {
    let mut policy = Policy::read();
    let mut seen = (mark(&config.file), policy.clone());
    // What the parts that never change were started with.
    let started = config;
    loop {
        clock.pause(LOOK_EVERY).await;
        // Windows takes a policy's values away before it writes them again: only what two looks show
        // alike is one.
        let before = std::mem::replace(&mut policy, Policy::read());
        let settled = if policy == before { before } else { seen.1.clone() };
        let now = (mark(&config.file), settled);
        if now == seen {
            continue;
        }
        seen = now;
        let present = changed.borrow().clone();
        let new = match load() {
            Ok(new) => new,
            Err(error) => {
                let code = Code::Configuration.id();
                tracing::warn!(
                    code,
                    "the changed configuration is wrong, and not taken over: {error}"
                );
                continue;
            }
        };
        let live = present.changes(&new).live;
        if !live.is_empty() {
            let code = Code::Reconfigured.id();
            tracing::info!(code, "the configuration has changed: {} from now on", live.join(", "));
            if link.report(Event::Configured(new.settings.clone())).is_err() {
                return;
            }
        }
        let later = started.changes(&new).later;
        if !later.is_empty() {
            tracing::warn!(
                code = Code::Reconfigured.id(),
                "the configuration has changed: {} from the next start of Deskbeat on",
                later.join(", ")
            );
        }
        changed.send_replace(new);
    }
}
