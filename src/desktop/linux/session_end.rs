//! The machine goes down: logind's word, and the lock that makes it wait.
//!
//! While a session is alive, a `shutdown` delay inhibitor makes logind wait until the close is
//! accepted. The lock lives on a file descriptor, not on the connection that it came by: it outlives
//! a connection that breaks. Source: systemd, "Inhibitor Locks".

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;
use tokio::time::timeout;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, Error};

use crate::agent::link::{AgentGone, Link, Told};
use crate::clock::Clock;
use crate::desktop::OS_PATIENCE;
use crate::desktop::linux::logind::LoginManagerProxy;
use crate::session::interface::settings::OsEnding;
use crate::session::interface::time::Mono;
use crate::session::{Event, State};

/// Before each further try to reach logind once it was reached, in seconds: it may be restarting,
/// or somebody breaks our connection on purpose.
const RETRIES: [u64; 4] = [0, 1, 1, 2];
/// The same where it was never reached, and before it is asked again for a lock that it refused.
const PAUSES: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// Whether the machine still goes down is asked again so long after the last word of it: a session
/// that began since is to be held as any other.
const STILL: Duration = Duration::from_secs(120);
/// logind answers what it knows at once, or not at all.
const ANSWER: Duration = Duration::from_secs(2);
/// The same where a close waits for it.
const LAST_LOOK: Duration = Duration::from_millis(700);
/// What logind's own limit must leave us for the release.
const SPARE: Duration = Duration::from_millis(500);

/// Reports `Event::OsEnding` for a shutdown, and holds it up until the agent lets it go. `looked` is
/// told once it is known whether the machine is going down already. Runs until it is dropped, or for
/// as long as the agent does.
pub async fn watch(link: Link, clock: Clock, looked: oneshot::Sender<()>) {
    let mut hold = Hold { looked: Some(looked), ..Hold::default() };
    let mut broken = 0;
    loop {
        hold.reached = false;
        let Err(error) = hold.follow(&link, &clock).await else { return };
        hold.looked = None;
        if hold.reached {
            broken = 0;
        }
        if hold.ever_reached {
            tracing::info!("the connection to logind is lost ({error}): connecting again");
            clock.sleep(pause_after(broken, &RETRIES)).await;
        } else {
            hold.tell(&error);
            clock.sleep(pause_after(broken, &PAUSES)).await;
        }
        broken += 1;
    }
}

/// How the system ends, for a process that is told to stop, or whose logon is over: without a lock that
/// comes as soon as the announcement does, or sooner.
pub async fn kind_of_end() -> OsEnding {
    let look = async {
        let bus = Connection::system().await?;
        LoginManagerProxy::new(&bus).await?.preparing_for_shutdown().await
    };
    match timeout(LAST_LOOK, look).await {
        Ok(Ok(true)) => OsEnding::Shutdown,
        Ok(Ok(false) | Err(_)) | Err(_) => OsEnding::Logoff,
    }
}

/// What outlives a connection.
#[derive(Default)]
struct Hold {
    lock: Option<OwnedFd>,
    /// logind prepares for the shutdown; it gives no lock then.
    going_down: bool,
    /// When logind goes on without us.
    limit: Option<Mono>,
    /// When it is asked whether the machine still goes down.
    doubted: Option<Mono>,
    /// Told when the first look is done; dropped if there can be none.
    looked: Option<oneshot::Sender<()>>,
    ever_reached: bool,
    reached: bool,
    /// That logind does not wait is told once.
    told: bool,
}

/// The answer to a wish for a lock.
type Asked<'a> = Option<Pin<Box<dyn Future<Output = zbus::Result<OwnedFd>> + 'a>>>;

impl Hold {
    fn tell(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(
                "logind cannot be asked to wait ({error}): a shutdown may come before the session \
                 is closed; the heartbeat timeout would clean up"
            );
        }
    }

    /// Returns when the agent has stopped.
    async fn follow(&mut self, link: &Link, clock: &Clock) -> zbus::Result<()> {
        let bus = in_time(Connection::system()).await?;
        let manager = LoginManagerProxy::new(&bus).await?;
        let mut announced = in_time(manager.receive_prepare_for_shutdown()).await?;
        let mut owners = in_time(manager.inner().receive_owner_changed()).await?;
        let (mut changes, mut told) = (link.clone(), link.told());
        let mut asked: Asked<'_> = None;
        // One that an earlier connection brought is kept until there is a new one.
        let (mut renew, mut refused, mut again) = (true, 0, None);
        'looks: loop {
            let (limit, prepares) = tokio::join!(
                in_time(manager.inhibit_delay_max_usec()),
                in_time(manager.preparing_for_shutdown())
            );
            let limit = limit.map_or(OS_PATIENCE, Duration::from_micros);
            // What was announced while nobody listened, by this logind or by the one before it.
            if let Ok(prepares) = prepares
                && prepares != self.going_down
                && self.turned(link, clock, limit, prepares).is_err()
            {
                return Ok(());
            }
            self.doubted = self.going_down.then(|| clock.now().mono + STILL);
            (self.ever_reached, self.reached, self.looked) = (true, true, None);
            loop {
                let Ok(view) = link.view().await else { return Ok(()) };
                let alive = matches!(view.state, State::Active | State::AtRisk | State::Ending);
                let wanted = renew || self.lock.is_none();
                if !alive && !self.going_down {
                    (self.lock, asked) = (None, None);
                } else if alive && !self.going_down && wanted && again.is_none() && asked.is_none()
                {
                    let why = "Closing the remote desktop session";
                    asked = Some(Box::pin(manager.inhibit("shutdown", "Deskbeat", why, "delay")));
                }
                tokio::select! {
                    changed = changes.changed() => match changed {
                        Ok(()) => again = None,
                        Err(_) => return Ok(()),
                    },
                    signal = announced.next() => {
                        let Some(signal) = signal else { return Err(Error::InvalidReply) };
                        if self.turned(link, clock, limit, signal.args()?.start).is_err() {
                            return Ok(());
                        }
                    }
                    // Another logind may know nothing of what the last one gave us, or announced.
                    owner = owners.next() => match owner {
                        None => return Err(Error::InvalidReply),
                        Some(None) => {}
                        Some(Some(_)) => {
                            (asked, renew, refused, again) = (None, true, 0, None);
                            continue 'looks;
                        }
                    },
                    // Waited for beside the rest: its silence must not keep us from hearing the signal.
                    answer = answer(&mut asked) => {
                        asked = None;
                        match answer {
                            Ok(lock) => (self.lock, renew, refused) = (Some(lock), false, 0),
                            // The signal comes without a lock too. One that refuses may do so because
                            // the machine goes down already.
                            Err(error) => {
                                self.tell(&error);
                                again = Some(clock.now().mono + pause_after(refused, &PAUSES));
                                refused += 1;
                                continue 'looks;
                            }
                        }
                    }
                    () = until(clock, again) => again = None,
                    () = until(clock, self.doubted) => continue 'looks,
                    () = until(clock, self.limit) => (self.lock, self.limit) = (None, None),
                    heard = told.recv() => match heard {
                        Ok(Told::OsMayProceed) if self.going_down => {
                            (self.lock, self.limit, asked) = (None, None, None);
                        }
                        Ok(Told::OsMayProceed | Told::Notification(_)) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return Ok(()),
                    },
                }
            }
        }
    }

    /// The shutdown began (logind waits for `limit` at the most), or was called off.
    fn turned(
        &mut self,
        link: &Link,
        clock: &Clock,
        limit: Duration,
        start: bool,
    ) -> Result<(), AgentGone> {
        if !start && !self.going_down {
            return Ok(());
        }
        let now = clock.now().mono;
        // Announced once more, it is not for us to say that it is the same end: another may have
        // been called off unheard.
        if !start || !self.going_down {
            self.limit = start.then(|| now + limit.saturating_sub(SPARE.min(limit / 5)));
        }
        (self.going_down, self.doubted) = (start, start.then(|| now + STILL));
        link.report(match start {
            // logind goes on by itself when it has waited enough. The close goes on too, for as long
            // as this process lives.
            true => Event::OsEnding(OsEnding::Shutdown, now + OS_PATIENCE),
            false => Event::OsEndingCancelled,
        })
    }
}

fn pause_after(tries: usize, pauses: &[u64]) -> Duration {
    Duration::from_secs(pauses[tries.min(pauses.len() - 1)])
}

/// What logind answers at once, or not at all.
async fn in_time<T>(call: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    match timeout(ANSWER, call).await {
        Ok(answer) => answer,
        Err(late) => Err(Error::Failure(format!("no answer: {late}"))),
    }
}

async fn answer(asked: &mut Asked<'_>) -> zbus::Result<OwnedFd> {
    match asked {
        Some(call) => call.await,
        None => std::future::pending().await,
    }
}

async fn until(clock: &Clock, at: Option<Mono>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
