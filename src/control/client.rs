//! The asking end: for the CLI verbs, and for whoever else runs as the same user.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};

use super::ConnectError;
use super::line::{self, Line};
use super::platform::{self, ClientStream};
use super::protocol::{About, Call, Response, Scene, Why, from_line, to_line};
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;
use crate::session::{Reply, Request, View};

/// An agent that lives answers a question about itself within this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the running agent.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<ClientStream>,
}

/// Views of the session, one whenever it changes.
#[derive(Debug)]
pub struct Watch {
    client: Client,
}

/// Scenes for the window, one whenever something changes.
#[derive(Debug)]
pub struct WindowFeed {
    client: Client,
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", Text::from(self.said()))]
pub enum CallError {
    /// The agent closed the connection: it has stopped.
    Gone,
    /// The agent is there and does not answer.
    NoAnswer(Duration),
    /// The agent did not understand, or would not answer.
    Refused {
        /// What kind of refusal.
        why: Why,
        /// What the agent said.
        sentence: String,
    },
    /// The answer makes no sense here.
    NotUnderstood(String),
    /// The connection broke.
    Io(io::Error),
}

impl CallError {
    /// The same for whoever asked, in their language.
    pub(crate) fn said(&self) -> Said {
        match self {
            CallError::Gone => said!("agent-gone"),
            CallError::NoAnswer(limit) => said!("agent-silent", limit = *limit),
            CallError::Refused { sentence, .. } => said!("agent-refused", why = sentence),
            CallError::NotUnderstood(why) => said!("agent-not-understood", why = why),
            CallError::Io(error) => said!("agent-broken", why = error.to_string()),
        }
    }
}

impl Client {
    /// Connects to the agent whose state is in `state_dir`, and makes sure that it is the same user's.
    pub async fn connect(state_dir: &Path) -> Result<Client, ConnectError> {
        let stream = platform::connect(state_dir).await?;
        Ok(Client { stream: BufReader::new(stream) })
    }

    /// Connects to the agent that is this process, wherever its socket is; `None` if it has none
    /// that this user may reach. An administrator may reach any.
    pub async fn connect_to_process(pid: u32) -> Option<Client> {
        let stream = platform::connect_to_process(pid).await?;
        Some(Client { stream: BufReader::new(stream) })
    }

    /// The session as it stands now.
    pub async fn view(&mut self) -> Result<View, CallError> {
        match self.call_within(PATIENCE, &Call::View).await? {
            Response::View { view } => Ok(*view),
            other @ (Response::Scene { .. }
            | Response::About { .. }
            | Response::Reply { .. }
            | Response::Error { .. }) => Err(unexpected(other)),
        }
    }

    /// The agent's version and process id.
    pub async fn about(&mut self) -> Result<About, CallError> {
        match self.call_within(PATIENCE, &Call::About).await? {
            Response::About { about } => Ok(about),
            other @ (Response::Scene { .. }
            | Response::View { .. }
            | Response::Reply { .. }
            | Response::Error { .. }) => Err(unexpected(other)),
        }
    }

    /// Asks for something. The reply comes when its outcome is known, however long that takes; a
    /// caller who drops this stops waiting, and what was asked goes on.
    pub async fn ask(&mut self, request: Request) -> Result<Reply, CallError> {
        self.send(&Call::Ask { request }).await?;
        match self.answer().await? {
            Response::Reply { reply } => Ok(reply),
            other @ (Response::Scene { .. }
            | Response::View { .. }
            | Response::About { .. }
            | Response::Error { .. }) => Err(unexpected(other)),
        }
    }

    /// The session now, and whenever it changes.
    pub async fn watch(mut self) -> Result<Watch, CallError> {
        self.send(&Call::Watch).await?;
        Ok(Watch { client: self })
    }

    /// As the window: what it shows, now and whenever more than time changes.
    pub async fn attend(mut self) -> Result<WindowFeed, CallError> {
        self.send(&Call::Attend).await?;
        Ok(WindowFeed { client: self })
    }

    async fn call_within(&mut self, limit: Duration, call: &Call) -> Result<Response, CallError> {
        let exchange = async {
            self.send(call).await?;
            self.answer().await
        };
        tokio::time::timeout(limit, exchange).await.unwrap_or(Err(CallError::NoAnswer(limit)))
    }

    async fn send(&mut self, call: &Call) -> Result<(), CallError> {
        let line = to_line(call).map_err(CallError::Io)?;
        match self.stream.write_all(&line).await {
            // The agent may have hung up with a last word, which is still to be read.
            Err(error) if is_gone(&error) => Ok(()),
            result => result.map_err(CallError::Io),
        }
    }

    async fn answer(&mut self) -> Result<Response, CallError> {
        let line = match line::next(&mut self.stream).await {
            Ok(Line::Whole(line)) => line,
            Ok(Line::End | Line::Half) => return Err(CallError::Gone),
            Ok(Line::TooLong) => return Err(CallError::NotUnderstood("a line too long".into())),
            Err(error) if is_gone(&error) => return Err(CallError::Gone),
            Err(error) => return Err(CallError::Io(error)),
        };
        from_line(&line).map_err(|(_, sentence)| CallError::NotUnderstood(sentence))
    }
}

impl Watch {
    /// The next view; the first one comes at once. [`CallError::Gone`] when the agent has stopped.
    pub async fn next(&mut self) -> Result<View, CallError> {
        match self.client.answer().await? {
            Response::View { view } => Ok(*view),
            other @ (Response::Scene { .. }
            | Response::About { .. }
            | Response::Reply { .. }
            | Response::Error { .. }) => Err(unexpected(other)),
        }
    }
}

impl WindowFeed {
    /// The next scene; the first one comes at once. Refused with [`Why::WindowThere`] where there is
    /// a window already, with [`Why::Stopped`] when the agent stops in order.
    pub async fn next(&mut self) -> Result<Scene, CallError> {
        match self.client.answer().await? {
            Response::Scene { scene } => Ok(*scene),
            Response::Error { why, sentence } => Err(CallError::Refused { why, sentence }),
            other @ (Response::View { .. } | Response::About { .. } | Response::Reply { .. }) => {
                Err(unexpected(other))
            }
        }
    }
}

fn unexpected(answer: Response) -> CallError {
    match answer {
        Response::Error { why: Why::Stopped, .. } => CallError::Gone,
        Response::Error { why, sentence } => CallError::Refused { why, sentence },
        Response::View { .. }
        | Response::Scene { .. }
        | Response::About { .. }
        | Response::Reply { .. } => {
            CallError::NotUnderstood("an answer to another question".into())
        }
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
