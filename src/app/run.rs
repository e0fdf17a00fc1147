//! `run`: an agent until it is told to stop, with a tray icon where there is a desktop.

use std::cell::Cell;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{oneshot, watch};

use crate::agent::after_end::{OnlySaid, Power};
use crate::agent::link::{AgentEnd, Link, Told};
use crate::agent::{Agent, AgentError, Parts};
use crate::app::diagnostics::diagnostics;
use crate::app::offer::offer_the_window;
use crate::app::predecessor::{self, NoPlace};
use crate::app::reload;
use crate::app::runtime::on_runtime;
use crate::app::standby::Standby;
use crate::aws::CredentialSource;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::control::{self, BindError, Client};
use crate::desktop::controller::{Controller, Diagnostics, WindowOpener};
use crate::desktop::environment::OtherDesktop;
use crate::desktop::power::ThisComputer;
use crate::desktop::window::Opener;
use crate::desktop::{
    Logon, Patience, away, console, environment, locale, logon, session_end, shell, stop, window,
};
use crate::health;
use crate::log;
use crate::session::interface::event::AwayKind;
use crate::session::words::codes::Code;
use crate::session::words::said::said;
use crate::session::{Event, State, View};
use crate::store::{Store, StoreError};
use crate::ui::language;
use crate::ui::status::describe;

/// How long a close may take when the agent is told to stop. Service managers wait far longer
/// (systemd: 90 s), desktops kill after about ten seconds.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// A system that does not say within this time whether it is going down is not asked any longer.
const LONGEST_LOOK: Duration = Duration::from_secs(3);
/// A window that has not failed within this is open.
const WINDOW_PATIENCE: Duration = Duration::from_millis(1500);

/// How an agent ended that was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Its session is over, or was kept.
    InOrder,
    /// Step Functions has not accepted the close.
    BeforeTheClose,
}

/// Why there is no agent. The log has the sentence already, also on standard error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// There is one.
    #[error(transparent)]
    AlreadyRunning(BindError),
    /// The system cannot tell it to stop.
    #[error("Deskbeat cannot start: {0}")]
    Signals(#[source] io::Error),
    /// The command line could not reach it.
    #[error("Deskbeat cannot start: {0}")]
    Listen(#[source] BindError),
    /// It could not begin anew on the desktop that has come.
    #[error("Deskbeat cannot start anew: {0}")]
    Anew(#[source] io::Error),
    /// It would forget its session.
    #[error("Deskbeat cannot start: {0}")]
    Store(#[source] StoreError),
    /// It cannot call anybody.
    #[error("Deskbeat cannot start: {0}")]
    Agent(#[source] AgentError),
    /// This computer has no room for it.
    #[error("Deskbeat cannot start: {0}")]
    Runtime(#[source] io::Error),
    /// It cannot be reached any longer.
    #[error("Deskbeat has stopped: the command line cannot reach it any longer")]
    Unreachable,
    /// It ended by itself.
    #[error("Deskbeat has stopped by itself")]
    Gone,
    /// It ended by itself while it was waited for.
    #[error("Deskbeat has stopped before Step Functions accepted the close")]
    StoppedEarly,
}

/// Runs, without a tray icon if `headless`. `arguments` are those of the settings, for the window;
/// `load` reads the configuration again, when its file changes.
pub(crate) fn run(
    config: Config,
    load: impl Fn() -> Result<Config, ConfigError>,
    headless: bool,
    arguments: Vec<OsString>,
) -> Result<Ended, RunError> {
    if !headless {
        console::leave_own();
    }
    let log = log::start(config.log, config.log_level, config.log_level, Some(&config.state_dir));
    let served =
        on_runtime(serve(config, load, headless, arguments)).map_err(RunError::Runtime).flatten();
    let ended = match served {
        Ok(Served::ToItsEnd(ended)) => Ok(ended),
        Ok(Served::UntilAnotherDesktop(desktop)) => {
            // What waits to be written would be lost with this process.
            drop(log);
            return Err(RunError::Anew(environment::begin_anew(&desktop)));
        }
        Err(error) => Err(error),
    };
    match &ended {
        Ok(_) => {}
        Err(error @ RunError::AlreadyRunning(_)) => tracing::error!("{error}"),
        Err(error) => tracing::error!(code = Code::Attention.id(), "{error}"),
    }
    ended
}

/// Until when this process was the agent.
enum Served {
    /// Until it was told to stop.
    ToItsEnd(Ended),
    /// A desktop has come that it can only join by beginning anew. Its session lives on in the journal.
    UntilAnotherDesktop(OtherDesktop),
}

async fn serve(
    config: Config,
    load: impl Fn() -> Result<Config, ConfigError>,
    headless: bool,
    arguments: Vec<OsString>,
) -> Result<Served, RunError> {
    // Before anything else: a signal from now on finds somebody who listens.
    let stopping = stop::signal().map_err(RunError::Signals)?;
    say_what_is_configured(&config);
    language::speak(config.language.as_deref());
    let clock = Clock::system();
    let (standing, known) = watch::channel(Logon::Unknown);
    let mut stopping = pin!(async {
        tokio::select! {
            signal = stopping => signal,
            sign = logon::over(headless, &clock, &standing) => sign,
        }
    });
    let place = tokio::select! {
        place = predecessor::take_place(&config, &clock) => place,
        signal = &mut stopping => {
            tracing::info!("{signal}: stopping");
            return Ok(Served::ToItsEnd(Ended::InOrder));
        }
    };
    let listener = match place {
        Ok(listener) => listener,
        Err(NoPlace { error: error @ BindError::AlreadyRunning { .. }, waited }) => {
            // Nobody who has just logged on asked for a window.
            if !waited {
                show_the_first(&config, headless, &arguments).await;
            }
            return Err(RunError::AlreadyRunning(error));
        }
        Err(NoPlace { error, .. }) => return Err(RunError::Listen(error)),
    };
    let (desk, link) = AgentEnd::new();
    let (changed, present) = watch::channel(config.clone());
    let (looked, going_down) = oneshot::channel();
    let begin = Begin { logon: known, going_down };
    tokio::select! {
        result = drive(&present, desk, link.clone(), begin, &clock) => result.map(|never| match never {}),
        () = control::serve(listener, link.clone(), clock.clone()) => Err(RunError::Unreachable),
        ended = told_to_stop(stopping, link.clone(), &clock) => ended.map(Served::ToItsEnd),
        desktop = environment::elsewhere() => {
            link.windows().send_away().await;
            Ok(Served::UntilAnotherDesktop(desktop))
        }
        never = forever(session_end::watch(link.clone(), clock.clone(), looked)) => {
            match never {}
        }
        never = watch_absence(&link, present.clone(), &clock) => match never {},
        never = forever(reload::follow(&config, &load, &link, &changed, &clock)) => match never {},
        never = forever(health::watch(link.clone(), config.health.clone(), clock.clone())) => {
            match never {}
        }
        never = forever(show(&config, present.clone(), headless, &arguments, link.clone(), &clock)) => {
            match never {}
        }
    }
}

/// Tells the user of a desktop, who sees no terminal, and Windows' Event Log.
pub(crate) fn tell_why_not(sentence: &str) {
    log::complain(&format!("Deskbeat cannot start: {sentence}"));
    // A console that is only ours is hidden, or goes with us: nobody reads there.
    console::leave_own();
    if std::io::stderr().is_terminal() {
        return;
    }
    // The settings, which may say in which, could be what is wrong.
    language::speak(None);
    let text = format!("{}\n\n{sentence}", language::spoken(said!("cannot-start")));
    let _no_desktop = window::say(&language::spoken(said!("cannot-start-title")), text);
}

/// The end of a part that the rest can do without.
async fn forever(part: impl Future<Output = ()>) -> Infallible {
    part.await;
    std::future::pending().await
}

/// Whether anybody is here, by the limits in force.
async fn watch_absence(
    link: &Link,
    mut present: watch::Receiver<Config>,
    clock: &Clock,
) -> Infallible {
    loop {
        let away = present.borrow_and_update().away;
        let patience = Patience { idle: away.idle, disconnected: away.disconnect };
        tokio::select! {
            never = forever(away::watch(link.clone(), patience, clock.clone())) => match never {},
            _ = present.wait_for(|config| config.away != away) => {}
        }
        // Whoever was away by the old limits is judged anew.
        for kind in [AwayKind::Idle, AwayKind::Disconnected] {
            let _agent_gone = link.report(Event::Away(kind, false));
        }
    }
}

/// What must be known before a session may begin.
struct Begin {
    logon: watch::Receiver<Logon>,
    /// Told, or dropped, when it was looked whether the machine is going down already.
    going_down: oneshot::Receiver<()>,
}

/// The agent, once its user is logged on and this computer is ours.
async fn drive(
    present: &watch::Receiver<Config>,
    mut desk: AgentEnd,
    link: Link,
    mut begin: Begin,
    clock: &Clock,
) -> Result<Infallible, RunError> {
    tokio::select! {
        _ = begin.going_down => {}
        () = clock.sleep(LONGEST_LOOK) => {}
    }
    let mut standby = Standby::new(&mut desk, clock);
    standby.wait_for_logon(&mut begin.logon).await;
    let one_per_machine = present.borrow().one_per_machine;
    let _claim = match one_per_machine {
        true => standby.wait_for_machine().await,
        false => None,
    };
    standby.hand_over(&link);
    // It may have changed meanwhile.
    let config = &present.borrow().clone();
    let (store, opened) = Store::open(&config.state_dir).map_err(RunError::Store)?;
    if let Some(notice) = &opened.notice {
        tracing::warn!(code = Code::JournalSetAside.id(), "{notice}");
    }
    let agent = Agent::new(Parts {
        clock: clock.clone(),
        settings: config.settings.clone(),
        access: config.access.clone(),
        store,
        record: opened.record,
        desk,
        power: power(config),
        seed: fastrand::u64(..),
    });
    agent.map_err(RunError::Agent)?.run().await;
    Err(RunError::Gone)
}

fn say_what_is_configured(config: &Config) {
    tracing::info!("Deskbeat {} starts", env!("CARGO_PKG_VERSION"));
    for warning in &config.warnings {
        tracing::warn!(code = Code::Configuration.id(), "{warning}");
    }
    if !config.shadowing.is_empty() {
        tracing::warn!(
            code = Code::Shadowed.id(),
            "{} in the environment: {}",
            config.shadowing.join(", "),
            match config.access.credentials {
                CredentialSource::Imds =>
                    "it would shadow the role's credentials in other programs; Deskbeat ignores it",
                CredentialSource::Chain => "it may be used, as credentials = \"chain\" says",
            }
        );
    }
}

/// A test server on this computer must never shut it down.
fn power(config: &Config) -> Arc<dyn Power> {
    if config.is_test { Arc::new(OnlySaid) } else { Arc::new(ThisComputer) }
}

/// The tray icon, for as long as the agent lives. Without a desktop one line in the log says so.
async fn show(
    config: &Config,
    mut present: watch::Receiver<Config>,
    headless: bool,
    arguments: &[OsString],
    link: Link,
    clock: &Clock,
) {
    if headless {
        return;
    }
    // The session may begin before the tray stands.
    let told = link.told();
    match shell::start(log::folder_in(&config.state_dir)).await {
        Ok((desktop, choices)) => {
            let after_end = Rc::new(Cell::new(config.settings.after_end));
            let shell = Rc::new(desktop);
            let shared = Rc::new(config.clone());
            let diagnostics = Diagnostics::new(move |view: View| {
                let config = shared.clone();
                async move { diagnostics(&config, Some(view)).await }
            });
            let opened = ["window".into(), "--opened-by-agent".into()];
            let opener = Opener::new(link.windows().clone(), [arguments, &opened].concat());
            let window = WindowOpener::new(move |question| {
                let opener = opener.clone();
                async move { opener.open(question).await }
            });
            let offer = offer_the_window(shell.clone());
            let controller =
                Controller::new(link, shell, clock.clone(), after_end.clone(), diagnostics);
            let follow = async {
                while present.changed().await.is_ok() {
                    let config = present.borrow_and_update();
                    after_end.set(config.settings.after_end);
                    language::speak(config.language.as_deref());
                }
                std::future::pending::<()>().await
            };
            let front = controller.hearing(told).opening(window).run(choices);
            tokio::select! {
                ((), ()) = async { tokio::join!(front, offer) } => {}
                () = follow => {}
                never = forever(locale::follow()) => match never {},
            }
        }
        Err(why) => tracing::info!("running without a tray icon: {why}"),
    }
}

/// A second start shows the window of the first.
async fn show_the_first(config: &Config, headless: bool, arguments: &[OsString]) {
    if !headless && window_opens(arguments).await {
        return;
    }
    let Ok(mut client) = Client::connect(&config.state_dir).await else { return };
    let Ok(view) = client.view().await else { return };
    // A terminal that has gone reads nothing.
    let _reader_gone = write!(io::stdout(), "{}", describe(&view, Clock::system().now().wall));
}

/// Opens the window beside us. One that can be is there, or has handed over to one, in a moment.
async fn window_opens(arguments: &[OsString]) -> bool {
    let arguments = [arguments, &["window".into()]].concat();
    let Ok(ended) = window::open(&arguments) else { return false };
    tokio::select! {
        did_well = ended => did_well.unwrap_or(false),
        () = tokio::time::sleep(WINDOW_PATIENCE) => true,
    }
}

/// Waits for the signal to stop or the end of the logon, lets the session end by its logoff policy, and says how that went.
async fn told_to_stop(
    stopping: impl Future<Output = &'static str>,
    link: Link,
    clock: &Clock,
) -> Result<Ended, RunError> {
    let signal = stopping.await;
    tracing::info!("{signal}: stopping");
    link.leave();
    let ending = session_end::kind_of_end().await;
    let mut told = link.told();
    let deadline = clock.now().mono + STOP_PATIENCE;
    let gone = |_| RunError::StoppedEarly;
    link.report(Event::OsEnding(ending, deadline)).map_err(gone)?;
    loop {
        match told.recv().await {
            Ok(Told::OsMayProceed) => break,
            Ok(Told::Notification(_)) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Err(RunError::StoppedEarly),
        }
    }
    let view = link.view().await.map_err(gone)?;
    link.windows().send_away().await;
    Ok(match view.state {
        State::Ending => Ended::BeforeTheClose,
        State::Waiting
        | State::Active
        | State::AtRisk
        | State::Closed
        | State::EndedElsewhere
        | State::NeedsAttention => Ended::InOrder,
    })
}
