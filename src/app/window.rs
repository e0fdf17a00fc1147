//! `window`: puts the window, the running agent and this desktop together. The window is a client of the
//! agent like any other; a thread of its own talks to it, so that neither holds up the other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::diagnostics::diagnostics;
use crate::app::runtime::on_runtime;
use crate::config::Config;
use crate::control::{CallError, Client, Scene, Why};
use crate::desktop::window::{self, News, Teller, WindowError, WindowOrder};
use crate::desktop::{appearance, console, locale};
use crate::session::Request;
use crate::session::words::said::said;
use crate::ui::language::{self, spoken};

/// An agent that went without a word is restarted within 10 s; a window without one goes after as long.
const RETURN_PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether an agent is there.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Shows the window until it is closed. Opened by the agent it goes where there is none; opened by a user
/// it says so. `arguments` are those of the settings, for an agent that it starts.
pub(crate) fn run(
    config: Config,
    opened_by_agent: bool,
    arguments: Vec<OsString>,
) -> Result<(), WindowError> {
    console::leave_own();
    let after_end = config.settings.after_end;
    window::run(after_end, move |teller| {
        let told = teller.clone();
        let (orders, given) = mpsc::unbounded_channel();
        let talking = move || {
            let _done = on_runtime(talk(config, opened_by_agent, arguments, teller, given));
        };
        if std::thread::Builder::new().name("agent".into()).spawn(talking).is_err() {
            // No room for a thread: nothing could be shown.
            told.tell(News::Over);
        }
        move |order| {
            // The thread ends with the window.
            let _gone = orders.send(order);
        }
    })
}

async fn talk(
    config: Config,
    opened_by_agent: bool,
    arguments: Vec<OsString>,
    teller: Teller,
    mut orders: mpsc::UnboundedReceiver<WindowOrder>,
) {
    let config = Arc::new(config);
    let dark = teller.clone();
    tokio::task::spawn_local(appearance::follow(move |is_dark| {
        dark.tell(News::Dark(is_dark));
    }));
    tokio::task::spawn_local(locale::follow());
    let manner = teller.clone();
    tokio::task::spawn_local(async move {
        loop {
            language::changed().await;
            manner.tell(News::Manner);
        }
    });
    tokio::task::spawn_local(listen(config.state_dir.clone(), opened_by_agent, teller.clone()));
    while let Some(order) = orders.recv().await {
        let (config, arguments, teller) = (config.clone(), arguments.clone(), teller.clone());
        tokio::task::spawn_local(async move {
            match order {
                WindowOrder::Ask(request) => {
                    teller.tell(ask(&config.state_dir, request).await);
                }
                WindowOrder::Diagnose(view) => {
                    let text = diagnostics(&config, view.map(|view| *view)).await;
                    teller.tell(News::Diagnostics(text));
                }
                WindowOrder::StartAgent => {
                    if let Err(error) = window::open(&arguments) {
                        let problem = spoken(said!("agent-not-started", why = error.to_string()));
                        teller.tell(News::Diagnostics(problem));
                    }
                }
            }
        });
    }
}

/// Tells the window what the agent shows, for as long as there is one.
async fn listen(state_dir: PathBuf, opened_by_agent: bool, teller: Teller) {
    let mut lost: Option<Instant> = None;
    loop {
        let ended = attend(&state_dir, &teller).await;
        match ended {
            TalkEnd::WindowThere | TalkEnd::Stopped => break,
            TalkEnd::Gone { was_there: true } => {
                lost = Some(Instant::now());
                teller.tell(News::Lost);
            }
            TalkEnd::Gone { was_there: false } => {}
        }
        match lost {
            Some(since) if since.elapsed() > RETURN_PATIENCE => break,
            Some(_) => {}
            None if opened_by_agent => break,
            None => {
                teller.tell(News::NotRunning);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    teller.tell(News::Over);
}

/// How a conversation with the agent ended.
enum TalkEnd {
    /// Another window is there, and comes to the front.
    WindowThere,
    /// The agent has said that it stops.
    Stopped,
    /// It is not there, or not any more.
    Gone { was_there: bool },
}

async fn attend(state_dir: &Path, teller: &Teller) -> TalkEnd {
    let Ok(client) = Client::connect(state_dir).await else {
        return TalkEnd::Gone { was_there: false };
    };
    let mut was_there = false;
    let ended = match client.attend().await {
        Err(error) => error,
        Ok(mut attendance) => loop {
            match attendance.next().await {
                Ok(Scene { view, history, called, question }) => {
                    was_there = true;
                    teller.tell(News::Scene { view: Box::new(view), history, called, question });
                }
                Err(error) => break error,
            }
        },
    };
    match ended {
        CallError::Refused { why: Why::WindowThere, .. } => TalkEnd::WindowThere,
        CallError::Refused { why: Why::Stopped, .. } => TalkEnd::Stopped,
        CallError::Gone
        | CallError::NoAnswer(_)
        | CallError::Refused { .. }
        | CallError::NotUnderstood(_)
        | CallError::Io(_) => TalkEnd::Gone { was_there },
    }
}

async fn ask(state_dir: &Path, request: Request) -> News {
    let mut client = match Client::connect(state_dir).await {
        Ok(client) => client,
        Err(error) => return News::NotReplied(request, spoken(error.said())),
    };
    match client.ask(request.clone()).await {
        Ok(reply) => News::Replied(request, reply),
        Err(error) => News::NotReplied(request, spoken(error.said())),
    }
}
