//! Who has this computer's session just now: us, until we are done, or an agent that runs already.

use std::path::Path;

use crate::agent::link::{AgentEnd, FrontCall, Link};
use crate::app::standby::{StandIn, answer};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{self, BindError, Client, ConnectError, Listener};
use crate::desktop::machine::{self, Claim};
use crate::session::Record;
use crate::session::words::codes::Code;
use crate::store::Store;

/// Who has the computer.
pub(crate) enum Taken {
    /// Nobody else: agents wait until this is dropped.
    Ours(Box<Ours>),
    /// An agent, of this user or of another one.
    Agent(AgentHere),
}

/// What keeps agents waiting.
pub(crate) struct Ours {
    pub(crate) store: Option<(Store, Record)>,
    pub(crate) front: Option<WaitingFront>,
    pub(crate) claim: Option<Claim>,
}

/// Whoever asks how the session stands, or reports a failure from within the script.
pub(crate) struct WaitingFront {
    desk: AgentEnd,
    link: Link,
    listener: Option<Listener>,
}

/// The agent that has the computer.
pub(crate) enum AgentHere {
    /// This user's.
    Mine,
    /// Another user's: whose, if that can be told.
    Other(Option<String>),
}

/// Takes the computer, if no agent has it. What cannot be had (a folder for the journal, say) is
/// gone without: the script must run.
pub(crate) fn take(config: &Config) -> Taken {
    let listener = match Listener::bind(&config.state_dir) {
        Ok(listener) => Some(listener),
        Err(BindError::AlreadyRunning { .. }) => return Taken::Agent(AgentHere::Mine),
        Err(error) => {
            tracing::warn!("no agent is kept waiting, and nothing journaled: {error}");
            None
        }
    };
    let claim = match config.one_per_machine.then(machine::claim_for_startup) {
        Some(Ok(None)) => return Taken::Agent(AgentHere::Other(machine::owner())),
        Some(Ok(claim)) => claim,
        Some(Err(_)) | None => None,
    };
    let store = listener.as_ref().and_then(|_| open(&config.state_dir));
    let front = listener.map(|listener| {
        let (desk, link) = AgentEnd::new();
        link.starts_up();
        WaitingFront { desk, link, listener: Some(listener) }
    });
    Taken::Ours(Box::new(Ours { store, front, claim }))
}

fn open(state_dir: &Path) -> Option<(Store, Record)> {
    match Store::open(state_dir) {
        Ok((store, opened)) => {
            if let Some(notice) = opened.notice {
                tracing::warn!(code = Code::JournalSetAside.id(), "{notice}");
            }
            Some((store, opened.record))
        }
        Err(error) => {
            tracing::warn!("nothing is journaled: {error}");
            None
        }
    }
}

impl WaitingFront {
    /// Answers beside us, as long as this lives. Needs a `LocalSet`.
    pub(crate) fn open(&mut self, clock: &Clock) {
        if let Some(listener) = self.listener.take() {
            tokio::task::spawn_local(control::serve(listener, self.link.clone(), clock.clone()));
        }
    }

    /// Answers what is no report.
    pub(crate) fn decline(call: FrontCall) {
        answer(call, &StandIn::starting_up());
    }
}

/// The next call; none ever comes where nobody can be answered.
pub(crate) async fn next_call(front: &mut Option<WaitingFront>) -> FrontCall {
    match front {
        Some(front) => front.desk.next().await,
        None => std::future::pending().await,
    }
}

/// Why the agent that has the computer cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAgent {
    /// It is this user's, and does not answer.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It is this other user's.
    #[error(
        "This computer's session is in the hands of {0}'s agent, which cannot be reached from here. \
         Run this as {0}, or as an administrator."
    )]
    Others(String),
}

/// A connection to the agent that has the computer; or why there is none.
pub(crate) async fn reach(config: &Config, holder: &AgentHere) -> Result<Client, NoAgent> {
    match holder {
        AgentHere::Mine => Ok(Client::connect(&config.state_dir).await?),
        AgentHere::Other(whose) => {
            let client = match machine::owner_process() {
                Some(pid) => Client::connect_to_process(pid).await,
                None => None,
            };
            client.ok_or_else(|| {
                NoAgent::Others(whose.clone().unwrap_or_else(|| "another user".into()))
            })
        }
    }
}
