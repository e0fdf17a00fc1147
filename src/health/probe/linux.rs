//! systemd's units over D-Bus, and processes from /proc.

use std::fs;

use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, proxy};

use crate::health::judge::Reading;
use crate::session::words::said::said;

/// The kernel cuts a process's name to this. Source: proc(5), comm.
const COMM_BYTES: usize = 15;

/// Source: org.freedesktop.systemd1(5).
#[proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1",
    gen_blocking = false
)]
trait SystemdManager {
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
}

#[proxy(
    interface = "org.freedesktop.systemd1.Unit",
    default_service = "org.freedesktop.systemd1",
    gen_blocking = false
)]
trait SystemdUnit {
    #[zbus(property(emits_changed_signal = "false"))]
    fn active_state(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn load_state(&self) -> zbus::Result<String>;
}

/// The system bus, once it was reached.
#[derive(Debug, Default)]
pub(super) struct Services {
    bus: Option<Connection>,
}

impl Services {
    pub(super) async fn state(&mut self, name: &str) -> Reading {
        match self.ask(name).await {
            Ok(reading) => reading,
            Err(error) => {
                // The bus may have been restarted: a new connection next time.
                self.bus = None;
                Reading::Unknown(error.to_string())
            }
        }
    }

    async fn ask(&mut self, name: &str) -> zbus::Result<Reading> {
        let bus = match &self.bus {
            Some(bus) => bus.clone(),
            None => self.bus.insert(Connection::system().await?).clone(),
        };
        let name = match name.contains('.') {
            true => name.to_owned(),
            false => format!("{name}.service"),
        };
        let path = SystemdManagerProxy::new(&bus).await?.load_unit(&name).await?;
        let unit = SystemdUnitProxy::builder(&bus).path(path)?.build().await?;
        let active = unit.active_state().await?;
        Ok(match active.as_str() {
            "active" | "reloading" | "refreshing" => Reading::Well,
            _ if unit.load_state().await? == "not-found" => {
                Reading::Unwell(said!("how-missing").into())
            }
            state => Reading::Unwell(said!("how-state", state = state).into()),
        })
    }
}

/// By its command's file name, or by the name that it gives itself.
pub(super) fn process_runs(name: &str) -> Reading {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Reading::Unknown("/proc cannot be read".into());
    };
    let short = name.get(..COMM_BYTES).unwrap_or(name);
    let is_it = |process: fs::DirEntry| {
        let path = process.path();
        if !process.file_name().to_string_lossy().starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        // A process that has ended and was not waited for has no command line.
        let Ok(line) = fs::read(path.join("cmdline")) else { return false };
        let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
        if first.is_empty() {
            return false;
        }
        let first = String::from_utf8_lossy(first);
        let comm = fs::read_to_string(path.join("comm")).unwrap_or_default();
        first.rsplit('/').next() == Some(name) || comm.trim_end_matches('\n') == short
    };
    match processes.flatten().any(is_it) {
        true => Reading::Well,
        false => Reading::Unwell(said!("how-not-running").into()),
    }
}
