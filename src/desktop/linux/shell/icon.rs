//! Keeps the icon on the panel, whatever becomes of the panel: `desktop::tray` draws it, on a thread
//! of its own that may hang with the panel; here is decided when it is made, and made known, again.
//!
//! tray-icon registers its item when it is made and when the watcher's name changes hands. An error
//! or silence then is the end of it; so the registration is looked after from here, on a connection
//! of ours. Source: KDE, "StatusNotifierItem", org.kde.StatusNotifierWatcher.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::proxy::CacheProperties;
use zbus::{Connection, proxy};

use crate::desktop::linux::bus;
use crate::desktop::tray::{Rows, Tray, TrayError};
use crate::ui::menu::Look;

/// Who shows icons.
pub(super) const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// As long as this a panel may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Within this tray-icon has registered its item by itself, as a rule.
const SETTLE: Duration = Duration::from_secs(2);
/// Between tries while a panel refuses the icon, or is silent; the last for ever.
const RETRIES: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// How often a thread that hangs with one panel is given up for another: each is lost until the panel
/// answers or ends.
const GIVEN_UP: usize = 3;

/// The size that panels of 24 to 30 pixels show as it is; others scale it. tray-icon gives one only.
const SIZE: u32 = 22;

#[proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher"
)]
trait Watcher {
    fn register_status_notifier_item(&self, service: &str) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn registered_status_notifier_items(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn status_notifier_item_unregistered(&self, service: &str) -> zbus::Result<()>;
}

/// Keeps the icon of `looks` in the tray, on every bus and panel that comes, until nobody makes looks
/// any more.
pub(super) async fn keep(mut looks: watch::Receiver<Option<Look>>, rows: Rows) {
    while looks.borrow_and_update().is_none() {
        if looks.changed().await.is_err() {
            return;
        }
    }
    let mut gone = looks.clone();
    let follow = async {
        loop {
            let bus = bus::find(|error| {
                tracing::info!("running without a tray icon: there is no session bus ({error})");
            })
            .await;
            if let Err(error) = follow(&bus, &looks, &rows).await {
                tracing::info!("the tray icon has lost the session bus ({error})");
            }
            time::sleep(PATIENCE).await;
        }
    };
    tokio::select! {
        () = async { while gone.changed().await.is_ok() {} } => {}
        () = follow => {}
    }
}

/// Returns when the bus has gone.
async fn follow(
    bus: &Connection,
    looks: &watch::Receiver<Option<Look>>,
    rows: &Rows,
) -> zbus::Result<()> {
    let names = DBusProxy::new(bus).await?;
    let mut owners = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let watcher = WatcherProxy::builder(bus).cache_properties(CacheProperties::No).build().await?;
    let mut dropped = watcher.receive_status_notifier_item_unregistered().await?;
    let (report, mut reports) = mpsc::unbounded_channel();
    let mut keeper = IconKeeper {
        names,
        watcher,
        looks: looks.clone(),
        rows: rows.clone(),
        report,
        worker: None,
        abandoned: Vec::new(),
        given_up: 0,
        tries: 0,
        told: None,
    };
    let mut again = Some(time::Instant::now());
    loop {
        tokio::select! {
            () = due(again) => again = keeper.look_after().await?,
            changed = owners.next() => {
                let Some(changed) = changed else { return Err(zbus::Error::InvalidReply) };
                (keeper.tries, keeper.given_up) = (0, 0);
                // Without a panel there is nothing to wait for.
                let settle = if changed.args()?.new_owner.is_some() { SETTLE } else { Duration::ZERO };
                again = Some(time::Instant::now() + settle);
            }
            Some(item) = dropped.next() => {
                // Ours or another's: it is cheap to look.
                if item.args().is_ok() && again.is_none() {
                    again = Some(time::Instant::now() + SETTLE);
                }
            }
            Some(Failed { id, why }) = reports.recv() => {
                if keeper.worker.as_ref().is_some_and(|worker| worker.id == id) {
                    keeper.tell(PanelState::Refused, &format!("no tray icon is possible now ({why})"));
                    keeper.worker = None;
                    again = Some(time::Instant::now() + keeper.next_pause());
                }
            }
        }
    }
}

async fn due(at: Option<time::Instant>) {
    match at {
        Some(at) => time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What the log says of the panel; each change once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PanelState {
    Shown,
    NoPanel,
    Refused,
    Silent,
}

struct IconKeeper {
    names: DBusProxy<'static>,
    watcher: WatcherProxy<'static>,
    looks: watch::Receiver<Option<Look>>,
    rows: Rows,
    report: mpsc::UnboundedSender<Failed>,
    worker: Option<Worker>,
    /// Names on the bus of items that hang with a panel, and are given up.
    abandoned: Vec<String>,
    given_up: usize,
    tries: usize,
    told: Option<PanelState>,
}

impl IconKeeper {
    /// Sees to it that a panel shows the icon, if there is one; when to look again. An error is the
    /// bus's.
    async fn look_after(&mut self) -> zbus::Result<Option<time::Instant>> {
        if !self.names.name_has_owner(BusName::from_static_str(WATCHER)?).await? {
            self.tell(
                PanelState::NoPanel,
                "no panel shows tray icons; the icon joins when one appears",
            );
            // It waits on the bus, and registers itself.
            self.work();
            return Ok(None);
        }
        let later = |pause| Ok(Some(time::Instant::now() + pause));
        let listed = match patiently(self.watcher.registered_status_notifier_items()).await {
            Some(Ok(items)) => Some(items),
            // Not everybody has the list.
            Some(Err(_)) => None,
            None => {
                self.tell(
                    PanelState::Silent,
                    "the panel does not answer; the tray icon waits for it",
                );
                return later(self.next_pause());
            }
        };
        match self.worker.as_ref().and_then(Worker::busy_for) {
            Some(busy) if busy < PATIENCE => return later(SETTLE),
            Some(_) if self.given_up < GIVEN_UP => {
                self.given_up += 1;
                self.abandoned.extend(self.own_names().await?);
                self.worker = None;
            }
            Some(_) | None => {}
        }
        if self.work() {
            return later(SETTLE);
        }
        let Some(name) = self.own_names().await?.pop() else {
            // Made, but not on the bus: its connection has gone.
            self.worker = None;
            return later(self.next_pause());
        };
        if let Some(listed) = &listed
            && self.is_among(&name, listed).await
        {
            self.tries = 0;
            self.tell(PanelState::Shown, "a panel shows the tray icon");
            return Ok(None);
        }
        match patiently(self.watcher.register_status_notifier_item(&name)).await {
            // One that lists nothing has taken it, as far as anybody can tell.
            Some(Ok(())) if listed.is_none() => {
                self.tries = 0;
                self.tell(PanelState::Shown, "a panel has taken the tray icon");
                return Ok(None);
            }
            Some(Ok(())) => {}
            Some(Err(error)) => {
                self.tell(
                    PanelState::Refused,
                    &format!("the panel refuses the tray icon ({error})"),
                );
            }
            None => self.tell(PanelState::Silent, "the panel does not answer; the tray icon waits"),
        }
        later(self.next_pause())
    }

    /// Starts a thread for the icon; false if there is one.
    fn work(&mut self) -> bool {
        if self.worker.is_some() {
            return false;
        }
        self.worker = Worker::start(self.looks.clone(), &self.rows, &self.report);
        true
    }

    /// Our items' names, the newest last.
    async fn own_names(&self) -> zbus::Result<Vec<String>> {
        let head = format!("org.kde.StatusNotifierItem-{}-", std::process::id());
        let number = |name: &str| name.strip_prefix(&head)?.parse::<u32>().ok();
        let all = self.names.list_names().await?;
        let mut own: Vec<String> = all
            .iter()
            .map(|name| name.as_str().to_owned())
            .filter(|name| number(name).is_some() && !self.abandoned.contains(name))
            .collect();
        own.sort_by_key(|name| number(name));
        Ok(own)
    }

    /// A watcher lists items by their name or by their connection, with or without a path.
    async fn is_among(&self, name: &str, listed: &[String]) -> bool {
        let owner = match BusName::try_from(name.to_owned()) {
            Ok(name) => self.names.get_name_owner(name).await.ok(),
            Err(_) => None,
        };
        let is = |item: &str, name: &str| {
            item.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        listed.iter().any(|item| {
            is(item, name) || owner.as_ref().is_some_and(|owner| is(item, owner.as_str()))
        })
    }

    fn next_pause(&mut self) -> Duration {
        let pause = RETRIES[self.tries.min(RETRIES.len() - 1)];
        self.tries += 1;
        pause
    }

    fn tell(&mut self, what: PanelState, words: &str) {
        if self.told.replace(what) != Some(what) {
            tracing::info!("{words}");
        }
    }
}

/// The answer; `None` after too long a silence.
async fn patiently<T>(call: impl Future<Output = T>) -> Option<T> {
    time::timeout(PATIENCE, call).await.ok()
}

/// A worker could not make the icon.
struct Failed {
    id: thread::ThreadId,
    why: TrayError,
}

/// Since when a worker has waited for a panel.
type IconTask = Arc<Mutex<Option<Instant>>>;

/// The thread that holds the icon. Dropped, it takes the icon out as soon as it can.
struct Worker {
    id: thread::ThreadId,
    busy: IconTask,
    _ends: oneshot::Sender<()>,
}

impl Worker {
    fn start(
        looks: watch::Receiver<Option<Look>>,
        rows: &Rows,
        report: &mpsc::UnboundedSender<Failed>,
    ) -> Option<Worker> {
        let (rows, report) = (rows.clone(), report.clone());
        let busy = Arc::new(Mutex::new(Some(Instant::now())));
        let (ends, ended) = oneshot::channel();
        let (working, runtime) = (busy.clone(), Handle::current());
        let thread = thread::Builder::new().name("tray".into()).spawn(move || {
            if let Err(why) = work(&runtime, looks, &rows, &working, ended) {
                // The keeper may have gone.
                let _gone = report.send(Failed { id: thread::current().id(), why });
            }
        });
        match thread {
            Ok(thread) => Some(Worker { id: thread.thread().id(), busy, _ends: ends }),
            Err(error) => {
                tracing::warn!("no tray icon: no thread can be started ({error})");
                None
            }
        }
    }

    fn busy_for(&self) -> Option<Duration> {
        let since = *self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| since.elapsed())
    }
}

/// Holds the icon until there are no more looks, or it is told to end.
fn work(
    runtime: &Handle,
    mut looks: watch::Receiver<Option<Look>>,
    rows: &Rows,
    busy: &IconTask,
    mut ended: oneshot::Receiver<()>,
) -> Result<(), TrayError> {
    let set_busy = |since| *busy.lock().unwrap_or_else(PoisonError::into_inner) = since;
    let newest = |looks: &mut watch::Receiver<Option<Look>>| looks.borrow_and_update().clone();
    let Some(first) = newest(&mut looks) else { return Ok(()) };
    // Not inside the runtime: tray-icon's connection would want to live on it.
    let mut tray = Tray::build(&first, SIZE, rows)?;
    loop {
        set_busy(None);
        let goes_on = runtime.block_on(async {
            tokio::select! {
                changed = looks.changed() => changed.is_ok(),
                _ = &mut ended => false,
            }
        });
        if !goes_on {
            return Ok(());
        }
        set_busy(Some(Instant::now()));
        if let Some(look) = newest(&mut looks) {
            tray.show(&look)?;
        }
    }
}
