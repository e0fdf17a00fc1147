//! Whose logon session this process serves, and whether it still lives: logind's word.
//!
//! A process of a session serves that session. One that the user's own service manager started serves
//! whoever of the user's logons there is. A service of the system, and a user's for whom logons do not
//! matter (lingering, headless), serve none and end with their service manager. Where nobody can tell
//! (no logind), `signs` are all there is.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::fdo;
use zbus::proxy::CacheProperties;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, Error};

use crate::clock::Clock;
use crate::desktop::Logon;
use crate::desktop::linux::logind::{LoginManagerProxy, LoginSessionProxy, LoginUserProxy};
use crate::desktop::linux::logon::leaders::Leaders;

/// How often logind is asked, which does not announce that a session is closing: its leader's end does.
const LOOK_SELDOM: Duration = Duration::from_secs(30);
/// The same where the leader cannot be watched.
const LOOK_OFTEN: Duration = Duration::from_secs(3);
/// Between two tries to reach logind, which may be restarting.
const RETRY: Duration = Duration::from_secs(5);
/// Before a logon that logind does not know is over: a logind that has just started may not know all
/// of them yet. As long after the end of a leader, which it sees as we do.
const CONFIRM: Duration = Duration::from_secs(1);
/// After so many failures in a row to reach logind, what it last said is worth nothing.
const STALE: u32 = 2;
/// logind answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// What this process is to logind.
#[derive(Debug)]
enum Serves {
    /// This session, and ends with it.
    Session(String),
    /// Any logon of this user; holds the ones that were served at the last look.
    User(BTreeSet<String>),
    /// No logon.
    Nobody,
}

/// Follows the logon until it is over, and says how that was seen. `standing` tells what is known
/// meanwhile. Never returns for a process that serves no logon.
pub(super) async fn over(
    headless: bool,
    clock: &Clock,
    standing: &watch::Sender<Logon>,
) -> &'static str {
    let (mut serves, mut failures) = (None, 0);
    loop {
        let followed = follow(headless, clock, standing, &mut serves, &mut failures).await;
        if let Ok(LogonSeen::Over(sign)) = followed {
            standing.send_replace(Logon::Over);
            return sign;
        }
        if matches!(serves, Some(Serves::Nobody)) {
            standing.send_replace(Logon::NotNeeded);
            return std::future::pending().await;
        }
        failures += 1;
        // Nobody can tell: then nothing waits for it, and the other signs count.
        let known = *standing.borrow();
        if known == Logon::Unknown || (known == Logon::Living && failures >= STALE) {
            standing.send_replace(Logon::CannotTell);
        }
        clock.pause(RETRY).await;
    }
}

/// True if the process `pid` lived in a logon session that is over. False if nobody can tell.
pub async fn has_lost_its_logon(pid: u32) -> bool {
    let look = async {
        let bus = Connection::system().await?;
        let path = LoginManagerProxy::new(&bus).await?.get_session_by_pid(pid).await?;
        session_at(&bus, path).await?.state().await
    };
    matches!(timeout(PATIENCE, look).await, Ok(Ok(state)) if state == CLOSING)
}

/// The other living logons of this process's user, of which an agent may serve one. None if nobody can
/// tell.
pub async fn others() -> BTreeSet<String> {
    let look = async {
        let bus = Connection::system().await?;
        let manager = LoginManagerProxy::new(&bus).await?;
        let path = manager.get_session_by_pid(std::process::id()).await?;
        let own = session_at(&bus, path).await?.id().await?;
        let mut all = living(&bus, &manager).await?.all;
        all.remove(&own);
        zbus::Result::Ok(all)
    };
    timeout(PATIENCE, look).await.unwrap_or(Ok(BTreeSet::new())).unwrap_or_default()
}

/// True if one of this user's `logons` is over.
pub async fn is_one_over(logons: &BTreeSet<String>) -> bool {
    let look = async {
        let bus = Connection::system().await?;
        living(&bus, &LoginManagerProxy::new(&bus).await?).await
    };
    matches!(timeout(PATIENCE, look).await, Ok(Ok(now)) if !logons.is_subset(&now.all))
}

/// Its leader has gone; what is left of it is on its way out, or has been forgotten there.
const CLOSING: &str = "closing";

enum LogonSeen {
    /// Led by these processes.
    Living(Vec<u32>),
    NotYet,
    /// logind does not know it; it is over if that stays so.
    Missing(&'static str),
    Over(&'static str),
}

/// Asks one connection for as long as it lasts.
async fn follow(
    headless: bool,
    clock: &Clock,
    standing: &watch::Sender<Logon>,
    serves: &mut Option<Serves>,
    failures: &mut u32,
) -> zbus::Result<LogonSeen> {
    let in_time = |error: tokio::time::error::Elapsed| Error::Failure(error.to_string());
    let connect = async {
        let bus = Connection::system().await?;
        let manager = LoginManagerProxy::new(&bus).await?;
        let (new, removed) =
            (manager.receive_session_new().await?, manager.receive_session_removed().await?);
        zbus::Result::Ok((bus, manager, new, removed))
    };
    let (bus, manager, mut new, mut removed) =
        timeout(PATIENCE, connect).await.map_err(in_time)??;
    let who = match serves {
        Some(who) => who,
        None => {
            let found = Serves::find(&bus, &manager, headless);
            serves.insert(timeout(PATIENCE, found).await.map_err(in_time)??)
        }
    };
    let mut is_missing = false;
    loop {
        let look = timeout(PATIENCE, who.look(&bus, &manager));
        let seen = look.await.map_err(in_time)??;
        *failures = 0;
        let leaders = match seen {
            LogonSeen::Living(_) if matches!(who, Serves::Nobody) => {
                standing.send_replace(Logon::Living);
                return Ok(seen);
            }
            LogonSeen::Living(leaders) => {
                standing.send_replace(Logon::Living);
                Leaders::watch(&leaders)
            }
            LogonSeen::NotYet => {
                standing.send_replace(Logon::NotYet);
                None
            }
            LogonSeen::Missing(_) if !is_missing => {
                is_missing = true;
                clock.sleep(CONFIRM).await;
                continue;
            }
            LogonSeen::Missing(sign) | LogonSeen::Over(sign) => return Ok(LogonSeen::Over(sign)),
        };
        is_missing = false;
        let look = async {
            let Some(leaders) = leaders else { return clock.sleep(LOOK_OFTEN).await };
            tokio::select! {
                () = leaders.one_ends() => clock.sleep(CONFIRM).await,
                () = clock.pause(LOOK_SELDOM) => {}
            }
        };
        tokio::select! {
            told = new.next() => if told.is_none() { return Err(Error::InvalidReply) },
            told = removed.next() => if told.is_none() { return Err(Error::InvalidReply) },
            () = look => {}
        }
    }
}

impl Serves {
    async fn find(
        bus: &Connection,
        manager: &LoginManagerProxy<'_>,
        headless: bool,
    ) -> zbus::Result<Self> {
        let uid = rustix::process::geteuid().as_raw();
        // The kernel's word, where logind knows the process.
        match manager.get_session_by_pid(std::process::id()).await {
            Ok(path) => {
                let session = session_at(bus, path).await?;
                // Inside somebody else's session (sudo, su): his comings and goings are not ours.
                return Ok(match is_users(&session, uid).await? {
                    true => Serves::Session(session.id().await?),
                    false => Serves::Nobody,
                });
            }
            Err(error) if !is_an_answer(&error) => return Err(error),
            Err(_) => {}
        }
        match unit() {
            ServiceManager::System => return Ok(Serves::Nobody),
            ServiceManager::User => {
                if headless && lingers(bus, manager, uid).await {
                    return Ok(Serves::Nobody);
                }
                return Ok(Serves::User(BTreeSet::new()));
            }
            ServiceManager::Unknown => {}
        }
        // pam_systemd's word.
        if let Ok(id) = std::env::var("XDG_SESSION_ID")
            && let Ok(path) = manager.get_session(&id).await
            && let Ok(true) = is_users(&session_at(bus, path).await?, uid).await
        {
            return Ok(Serves::Session(id));
        }
        let mut of_user = Serves::User(BTreeSet::new());
        Ok(match of_user.look(bus, manager).await? {
            LogonSeen::Living(_) => of_user,
            LogonSeen::NotYet | LogonSeen::Missing(_) | LogonSeen::Over(_) => Serves::Nobody,
        })
    }

    async fn look(
        &mut self,
        bus: &Connection,
        manager: &LoginManagerProxy<'_>,
    ) -> zbus::Result<LogonSeen> {
        match self {
            Serves::Nobody => Ok(LogonSeen::Living(Vec::new())),
            Serves::Session(id) => {
                let state = async {
                    let path = manager.get_session(id).await?;
                    let session = session_at(bus, path).await?;
                    zbus::Result::Ok((session.state().await?, leader_of(&session).await))
                };
                match state.await {
                    Ok((state, _)) if state == CLOSING => {
                        Ok(LogonSeen::Over("logind says that the logon session is closing"))
                    }
                    Ok((_, leader)) => Ok(LogonSeen::Living(vec![leader])),
                    Err(error) if is_an_answer(&error) => {
                        Ok(LogonSeen::Missing("logind says that the logon session is gone"))
                    }
                    Err(error) => Err(error),
                }
            }
            Serves::User(before) => {
                let now = living(bus, manager).await?;
                if now.all.is_empty() && before.is_empty() {
                    return Ok(LogonSeen::NotYet);
                }
                // A logon that began after the last of the former ones had ended is another one.
                if !before.is_empty() && before.is_disjoint(&now.all) {
                    return Ok(LogonSeen::Missing("logind says that the user has logged off"));
                }
                *before = if now.with_screen.is_empty() { now.all } else { now.with_screen };
                Ok(LogonSeen::Living(now.leaders))
            }
        }
    }
}

/// The ids of a user's living logons. Those with a screen, if there is one, are served before the
/// others, which may have begun sooner.
#[derive(Default)]
struct LivingLogons {
    with_screen: BTreeSet<String>,
    all: BTreeSet<String>,
    leaders: Vec<u32>,
}

/// This user's.
async fn living(bus: &Connection, manager: &LoginManagerProxy<'_>) -> zbus::Result<LivingLogons> {
    let uid = rustix::process::geteuid().as_raw();
    let mut living = LivingLogons::default();
    for (id, _, _, _, path) in manager.list_sessions().await?.into_iter().filter(|it| it.1 == uid) {
        let session = session_at(bus, path).await?;
        let look = async {
            let lives = is_users(&session, uid).await? && session.state().await? != CLOSING;
            zbus::Result::Ok(lives.then_some((session.kind().await?, leader_of(&session).await)))
        };
        match look.await {
            Ok(Some((kind, leader))) => {
                living.leaders.push(leader);
                if matches!(kind.as_str(), "x11" | "wayland" | "mir") {
                    living.with_screen.insert(id.clone());
                }
                living.all.insert(id);
            }
            Ok(None) => {}
            // Gone since it was listed.
            Err(error) if is_an_answer(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(living)
}

async fn session_at(
    bus: &Connection,
    path: OwnedObjectPath,
) -> zbus::Result<LoginSessionProxy<'static>> {
    LoginSessionProxy::builder(bus).path(path)?.cache_properties(CacheProperties::No).build().await
}

/// 0 where logind does not tell.
async fn leader_of(session: &LoginSessionProxy<'_>) -> u32 {
    session.leader().await.unwrap_or_default()
}

/// A logon of this user: no greeter's, no service manager's, nothing in the background.
async fn is_users(session: &LoginSessionProxy<'_>, uid: u32) -> zbus::Result<bool> {
    Ok(session.user().await?.0 == uid && session.class().await?.starts_with("user"))
}

/// Whether an administrator wants this user's programs to run without a logon.
async fn lingers(bus: &Connection, manager: &LoginManagerProxy<'_>, uid: u32) -> bool {
    let look = async {
        let path = manager.get_user(uid).await?;
        LoginUserProxy::builder(bus)
            .path(path)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?
            .linger()
            .await
    };
    look.await.unwrap_or(false)
}

/// True if logind has answered, and knows nothing of what it was asked for; false if it did not.
fn is_an_answer(error: &Error) -> bool {
    let name = match error {
        Error::MethodError(name, _, _) => name.as_str(),
        Error::FDO(error) => {
            return matches!(
                **error,
                fdo::Error::UnknownObject(_)
                    | fdo::Error::UnknownMethod(_)
                    | fdo::Error::UnknownInterface(_)
                    | fdo::Error::UnknownProperty(_)
            );
        }
        _ => return false,
    };
    name.starts_with("org.freedesktop.login1.No")
        || name.starts_with("org.freedesktop.DBus.Error.Unknown")
}

/// Whose service manager started this process.
#[derive(Debug, PartialEq, Eq)]
enum ServiceManager {
    System,
    User,
    Unknown,
}

fn unit() -> ServiceManager {
    unit_in(&std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
}

/// Source: cgroups(7), /proc/pid/cgroup; systemd.slice(5).
fn unit_in(cgroups: &str) -> ServiceManager {
    let has = |part: &str| cgroups.lines().any(|line| line.contains(part));
    if has("/user@") {
        ServiceManager::User
    } else if has("/system.slice/") {
        ServiceManager::System
    } else {
        ServiceManager::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{ServiceManager, unit_in};

    #[test]
    fn the_control_group_tells_whose_service_manager_it_was() {
        let user = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/deskbeat.service\n";
        assert_eq!(unit_in(user), ServiceManager::User);
        let hybrid =
            "12:pids:/user.slice\n1:name=systemd:/user.slice/user-0.slice/user@0.service/x\n";
        assert_eq!(unit_in(hybrid), ServiceManager::User);
        assert_eq!(unit_in("0::/system.slice/deskbeat.service\n"), ServiceManager::System);
        assert_eq!(unit_in("0::/\n"), ServiceManager::Unknown);
        assert_eq!(
            unit_in("0::/user.slice/user-1000.slice/session-2.scope\n"),
            ServiceManager::Unknown
        );
    }
}
