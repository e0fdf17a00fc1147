//! The verbs that talk to the running agent: status, end, extend.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use jiff::Timestamp;

use super::exit::Exit;
use crate::control::{CallError, Client, ConnectError};
use crate::session::{AfterEnd, Reply, Request, View};
use crate::ui::dialog::consequence;
use crate::ui::status::describe;

/// Connects, or says why not.
async fn connect(state_dir: &Path) -> Result<Client, Exit> {
    Client::connect(state_dir).await.map_err(|error| {
        eprintln!("deskbeat: {error}");
        match error {
            ConnectError::NotRunning { .. } => Exit::NotRunning,
            _ => Exit::Failed,
        }
    })
}

fn broken(error: impl std::fmt::Display) -> Exit {
    eprintln!("deskbeat: {error}");
    Exit::Failed
}

/// `status`.
pub(super) async fn status(state_dir: &Path, json: bool, watch: bool) -> Result<Exit, Exit> {
    let mut client = connect(state_dir).await?;
    if !watch {
        show(&client.view().await.map_err(broken)?, json).map_err(broken)?;
        return Ok(Exit::Done);
    }
    let mut views = client.watch().await.map_err(broken)?;
    loop {
        let view = match views.next().await {
            Ok(view) => view,
            Err(CallError::Gone) => {
                eprintln!("deskbeat: the agent has stopped");
                return Ok(Exit::Stopped);
            }
            Err(error) => return Err(broken(error)),
        };
        if std::io::stdout().is_terminal() && !json {
            // Home and clear: the status stays in place.
            print!("\x1b[H\x1b[2J");
        }
        if show(&view, json).is_err() {
            // Whoever reads us has seen enough.
            return Ok(Exit::Done);
        }
    }
}

fn show(view: &View, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(view).map_err(std::io::Error::other)?)?;
    } else {
        write!(out, "{}", describe(view, Timestamp::now()))?;
    }
    out.flush()
}

/// `end`: asks first, unless told not to.
pub(super) async fn end(
    state_dir: &Path,
    yes: bool,
    reason: Option<String>,
    after_end: AfterEnd,
) -> Result<Exit, Exit> {
    let mut client = connect(state_dir).await?;
    if !yes {
        if !std::io::stdin().is_terminal() {
            eprintln!("deskbeat: nobody is there to confirm; use `deskbeat end --yes`");
            return Ok(Exit::Usage);
        }
        if !confirmed(after_end).map_err(broken)? {
            eprintln!("Nothing was done; your session goes on.");
            return Ok(Exit::Done);
        }
    }
    ask(&mut client, Request::End { text: reason }).await
}

fn confirmed(after_end: AfterEnd) -> std::io::Result<bool> {
    eprint!("{} Save your work first.\nEnd the session? [y/N] ", consequence(after_end));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// `extend`.
pub(super) async fn ask_agent(state_dir: &Path, request: Request) -> Result<Exit, Exit> {
    let mut client = connect(state_dir).await?;
    ask(&mut client, request).await
}

async fn ask(client: &mut Client, request: Request) -> Result<Exit, Exit> {
    tell(client.ask(request).await.map_err(no_answer)?)
}

pub(super) fn no_answer(error: CallError) -> Exit {
    match error {
        CallError::Gone => {
            eprintln!("deskbeat: the agent stopped before Step Functions had accepted it");
            Exit::Stopped
        }
        other => broken(other),
    }
}

/// What came of a request.
pub(super) fn tell(reply: Reply) -> Result<Exit, Exit> {
    match reply {
        Reply::Done { sentence, request_id } => {
            match request_id {
                Some(id) => println!("{sentence} (request {id})"),
                None => println!("{sentence}"),
            }
            Ok(Exit::Done)
        }
        Reply::Refused { sentence, why } => {
            eprintln!("deskbeat: {sentence}");
            Ok(why.into())
        }
    }
}
