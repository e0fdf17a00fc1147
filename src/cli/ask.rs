//! The verbs that ask the running agent for something: end, extend.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use jiff::Timestamp;

use super::error::{CliError, Exit};
use super::terminal;
use crate::control::{CallError, Client};
use crate::session::words::said::said;
use crate::session::words::text::Text;
use crate::session::{AfterEnd, Refusal, Reply, Request, State, View};
use crate::ui::dialog::consequence;
use crate::ui::language::spoken;
use crate::ui::times::{local_time, span, told};

/// `end`: looks, then asks the user, unless told not to.
pub(super) async fn end(
    state_dir: &Path,
    yes: bool,
    reason: Option<String>,
    after_end: AfterEnd,
) -> Result<Exit, CliError> {
    let mut client = Client::connect(state_dir).await?;
    if !yes {
        let view = client.view().await?;
        match standing(&view) {
            ToEnd::Refused(sentence, why) => return Err(CliError::Refused { sentence, why }),
            ToEnd::Decided => {}
            ToEnd::Here => {
                if !io::stdin().is_terminal() {
                    return Err(CliError::NobodyConfirms);
                }
                if !confirmed(&view, after_end)? {
                    terminal::remark(&spoken(said!("ask-kept")));
                    return Ok(Exit::Done);
                }
            }
        }
    }
    ask(&mut client, Request::End { text: reason }).await
}

/// What `end` finds.
enum ToEnd {
    /// A session that can be ended.
    Here,
    /// It is being closed, or closed: there is nothing to confirm.
    Decided,
    /// There is none to end.
    Refused(String, Refusal),
}

fn standing(view: &View) -> ToEnd {
    match view.state {
        State::Ending | State::Closed => ToEnd::Decided,
        State::EndedElsewhere => ToEnd::Refused(words(&view.sentence), Refusal::EndedElsewhere),
        // A session that comes back from the journal is waiting too, and has its window.
        State::Waiting | State::Active | State::AtRisk | State::NeedsAttention
            if view.window_remaining_seconds.is_some() =>
        {
            ToEnd::Here
        }
        State::Waiting | State::Active | State::AtRisk | State::NeedsAttention => {
            let sentence = spoken(said!("ask-none", sentence = &view.sentence));
            ToEnd::Refused(sentence, Refusal::NoSession)
        }
    }
}

fn confirmed(view: &View, after_end: AfterEnd) -> io::Result<bool> {
    let mut err = io::stderr().lock();
    writeln!(err, "{}", question(view, after_end, Timestamp::now()))?;
    write!(err, "{} ", spoken(said!("ask-end")))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let (answer, yes) = (answer.trim().to_lowercase(), spoken(said!("ask-yes")));
    let understood = ["y", "yes"].into_iter().chain(yes.split(' '));
    Ok(understood.into_iter().any(|yes| yes == answer))
}

fn question(view: &View, after_end: AfterEnd, now: Timestamp) -> String {
    let left = match (view.session_remaining_seconds, view.ends_at) {
        (Some(left), Some(at)) => {
            let left = span(std::time::Duration::from_secs(left));
            spoken(said!("ask-left", left = left, until = local_time(at, now))) + "\n"
        }
        (_, _) => String::new(),
    };
    left + &consequence(after_end)
}

/// `extend`.
pub(super) async fn ask_agent(state_dir: &Path, request: Request) -> Result<Exit, CliError> {
    let mut client = Client::connect(state_dir).await?;
    ask(&mut client, request).await
}

async fn ask(client: &mut Client, request: Request) -> Result<Exit, CliError> {
    tell(client.ask(request).await.map_err(no_answer)?)
}

/// Why there is no reply to a request.
pub(super) fn no_answer(error: CallError) -> CliError {
    match error {
        CallError::Gone => CliError::StoppedEarly,
        other => other.into(),
    }
}

/// What came of a request.
pub(super) fn tell(reply: Reply) -> Result<Exit, CliError> {
    match reply {
        Reply::Done { sentence, request_id } => done(&sentence, request_id.as_deref()),
        Reply::Refused { sentence, why } => {
            Err(CliError::Refused { sentence: words(&sentence), why })
        }
    }
}

/// In the language of this terminal.
fn words(sentence: &Text) -> String {
    told(sentence, Timestamp::now())
}

fn done(sentence: &Text, request_id: Option<&str>) -> Result<Exit, CliError> {
    match request_id {
        Some(id) => {
            let line = spoken(said!("ask-request", sentence = words(sentence), id = id));
            terminal::line(&line)?;
        }
        None => terminal::line(&words(sentence))?,
    }
    Ok(Exit::Done)
}
