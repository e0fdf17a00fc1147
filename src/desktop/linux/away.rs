//! Whether anybody is here: the time since the last input, from the X server or from logind.
//! Never the processor's load: a long computation without anybody there is still nobody.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use x11rb::connection::Connection as _;
use x11rb::protocol::screensaver;
use x11rb::rust_connection::RustConnection;
use zbus::Connection;

use crate::agent::link::Link;
use crate::clock::Clock;
use crate::desktop::Patience;
use crate::desktop::linux::display;
use crate::desktop::linux::logind::LoginSessionProxy;
use crate::desktop::presence::Presence;
use crate::session::Event;
use crate::session::interface::event::AwayKind;
use crate::session::interface::time::between;

/// How often it is looked at; idle times are minutes.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Reports `Event::Away` for as long as it is polled.
pub async fn watch(link: Link, patience: Patience, clock: Clock) {
    if patience.disconnected.is_some() {
        tracing::warn!(
            "disconnect_minutes has no effect on Linux: xrdp and DCV do not tell the session that \
             nobody is connected"
        );
    }
    let Some(limit) = patience.idle else { return std::future::pending().await };
    let mut source = IdleSource::find().await;
    if source.is_none() {
        tracing::warn!("idle_minutes has no effect here: neither X nor logind tells the idle time");
    }
    let (mut presence, mut away, mut told) = (Presence::default(), false, source.is_some());
    let mut desktop = pin!(display::came());
    let mut has_come = false;
    loop {
        tokio::select! {
            () = &mut desktop, if !has_come => {
                has_come = true;
                source = IdleSource::find().await.or(source);
                told |= source.is_some();
            }
            () = clock.pause(LOOK_EVERY), if told => {}
            else => return std::future::pending().await,
        }
        let Ok(view) = link.view().await else { return };
        let idle = match &source {
            Some(source) => source.idle(&clock).await,
            None => None,
        };
        let is_away = match idle {
            Some(idle) => presence.counts(&view, clock.now().mono, idle) >= limit,
            // Somebody broke the connection, or whoever told has gone. Nobody is away by a clock that
            // nobody can read.
            None => {
                source = IdleSource::find().await;
                away && source.is_some()
            }
        };
        if away != is_away {
            away = is_away;
            if link.report(Event::Away(AwayKind::Idle, away)).is_err() {
                return;
            }
        }
    }
}

/// Who tells the idle time.
enum IdleSource {
    X(Arc<RustConnection>, u32),
    Logind(LoginSessionProxy<'static>),
}

impl IdleSource {
    async fn find() -> Option<Self> {
        // An X server that hangs must not hang the thread that beats.
        let x = tokio::task::spawn_blocking(x_server).await;
        if let Ok(Some((connection, root))) = x {
            return Some(Self::X(Arc::new(connection), root));
        }
        let bus = Connection::system().await.ok()?;
        let session = LoginSessionProxy::new(&bus).await.ok()?;
        session.idle_hint().await.ok()?;
        Some(Self::Logind(session))
    }

    /// `None`: it cannot be told now.
    async fn idle(&self, clock: &Clock) -> Option<Duration> {
        match self {
            Self::X(connection, root) => {
                let (connection, root) = (connection.clone(), *root);
                let asked = tokio::task::spawn_blocking(move || {
                    screensaver::query_info(&*connection, root).ok()?.reply().ok()
                });
                let answer = asked.await.ok()??;
                Some(Duration::from_millis(answer.ms_since_user_input.into()))
            }
            Self::Logind(session) => {
                if !session.idle_hint().await.ok()? {
                    return Some(Duration::ZERO);
                }
                let micros = i64::try_from(session.idle_since_hint().await.ok()?).ok()?;
                let since = Timestamp::from_microsecond(micros).ok()?;
                Some(between(since, clock.now().wall))
            }
        }
    }
}

/// The X server, if it has the MIT-SCREEN-SAVER extension.
fn x_server() -> Option<(RustConnection, u32)> {
    let (connection, screen) = display::connect().ok()?;
    let root = connection.setup().roots.get(screen)?.root;
    screensaver::query_info(&connection, root).ok()?.reply().ok()?;
    Some((connection, root))
}
