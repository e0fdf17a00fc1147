//! The session bus as soon as there is one: a desktop may come later than this program.

use std::time::Duration;

use zbus::Connection;

use super::environment;

/// Between two looks for a bus.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// As `join`; while there is none, it is looked for in other places too.
pub(super) async fn find(missing: impl FnOnce(&zbus::Error)) -> Connection {
    tokio::select! {
        bus = join(missing) => bus,
        never = environment::look_for_bus() => match never {},
    }
}

/// Waits for the bus; the first time that there is none, `missing` is told why.
pub(super) async fn join(missing: impl FnOnce(&zbus::Error)) -> Connection {
    let mut missing = Some(missing);
    loop {
        match Connection::session().await {
            Ok(bus) => return bus,
            Err(error) => {
                if let Some(missing) = missing.take() {
                    missing(&error);
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
