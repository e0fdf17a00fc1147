//! Looks at one thing: thin, and nothing is decided here. A look takes two seconds at most.

#[cfg(unix)]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use linux as platform;
#[cfg(windows)]
use windows as platform;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::config::Watched;
use crate::health::judge::Reading;
use crate::session::interface::time::in_seconds;
use crate::session::words::said::said;

const LONGEST_LOOK: Duration = Duration::from_secs(2);

/// Looks, and keeps what it looks through open.
#[derive(Debug, Default)]
pub(super) struct Prober {
    services: platform::Services,
    /// Looks at disks that did not come back in time: no second one is begun beside them.
    hanging: Vec<(Watched, JoinHandle<Reading>)>,
}

impl Prober {
    pub(super) async fn read(&mut self, subject: &Watched) -> Reading {
        let look = async {
            match subject {
                Watched::Service(name) => self.services.state(name).await,
                Watched::Port(port) => port_answers(*port).await,
                Watched::Process(name) => {
                    let name = name.clone();
                    beside(&mut self.hanging, subject, move || platform::process_runs(&name)).await
                }
                Watched::File(path) => {
                    let path = path.clone();
                    beside(&mut self.hanging, subject, move || file_age(&path)).await
                }
            }
        };
        let late = || Reading::Unknown(format!("no answer within {}", in_seconds(LONGEST_LOOK)));
        timeout(LONGEST_LOOK, look).await.unwrap_or_else(|_| late())
    }
}

/// Looks on another thread, since a disk may hang, and this one beats.
async fn beside(
    hanging: &mut Vec<(Watched, JoinHandle<Reading>)>,
    subject: &Watched,
    look: impl FnOnce() -> Reading + Send + 'static,
) -> Reading {
    let at = match hanging.iter().position(|(known, _)| known == subject) {
        Some(at) => at,
        None => {
            hanging.push((subject.clone(), spawn_blocking(look)));
            hanging.len() - 1
        }
    };
    let (_, looking) = &mut hanging[at];
    let seen = looking.await.unwrap_or_else(|error| Reading::Unknown(error.to_string()));
    hanging.swap_remove(at);
    seen
}

/// On either loopback address.
async fn port_answers(port: u16) -> Reading {
    let here: [SocketAddr; 2] =
        [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
    for address in here {
        let limit = LONGEST_LOOK / 3;
        if matches!(timeout(limit, TcpStream::connect(address)).await, Ok(Ok(_))) {
            return Reading::Well;
        }
    }
    Reading::Unwell(said!("how-silent").into())
}

/// A pipe or a device has no age that means anything; nothing is opened, so nothing can hang.
fn file_age(path: &Path) -> Reading {
    let changed = std::fs::metadata(path).and_then(|found| found.modified());
    match changed {
        // A time in the future is a clock that was set back since.
        Ok(at) => Reading::Unchanged(SystemTime::now().duration_since(at).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Reading::Unwell(said!("how-not-there").into())
        }
        Err(error) => Reading::Unknown(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(subject: Watched) -> Reading {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Prober::default().read(&subject).await })
    }

    #[test]
    fn a_port_is_well_while_somebody_listens() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // Not every computer has IPv6.
            let Ok(listener) = std::net::TcpListener::bind(address) else { continue };
            let port = listener.local_addr().unwrap().port();
            assert_eq!(read(Watched::Port(port)), Reading::Well, "{address}");
            drop(listener);
            assert_eq!(read(Watched::Port(port)), Reading::Unwell(said!("how-silent").into()));
        }
    }

    #[test]
    fn a_process_is_found_by_its_name() {
        let me = std::env::current_exe().unwrap();
        let me = me.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(read(Watched::Process(me)), Reading::Well);
        let nobody = read(Watched::Process("no-such-process".into()));
        assert_eq!(nobody, Reading::Unwell(said!("how-not-running").into()));
    }

    #[test]
    fn a_file_has_an_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alive");
        assert_eq!(
            read(Watched::File(path.clone())),
            Reading::Unwell(said!("how-not-there").into())
        );
        let file = std::fs::File::create(&path).unwrap();
        let minute = Duration::from_secs(60);
        file.set_modified(SystemTime::now() - 2 * minute).unwrap();
        let Reading::Unchanged(age) = read(Watched::File(path.clone())) else { panic!() };
        assert!((2 * minute..3 * minute).contains(&age), "{age:?}");
        file.set_modified(SystemTime::now() + 2 * minute).unwrap();
        assert_eq!(read(Watched::File(path)), Reading::Unchanged(Duration::ZERO));
    }
}
