//! The verbs that talk to the running agent: status, end, extend, fail.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::exit::Exit;
use crate::control::{CallError, Client, ConnectError};
use crate::front::dialog::consequence;
use crate::front::words::{local_time, span};
use crate::session::{AfterEnd, Reply, Request, View};

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

/// The view for people: the sentence, then what is known, a line each.
pub fn describe(view: &View, now: Timestamp) -> String {
    let mut lines = vec![view.sentence.clone()];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<12} {value}"));
    let seconds = |seconds: u64| span(Duration::from_secs(seconds));
    if let Some(id) = &view.session_id {
        let user = view.user.as_ref().map_or_else(String::new, |user| format!(" ({user})"));
        line("session", format!("{id}{user}"));
    }
    if let (Some(left), Some(at)) = (view.session_remaining_seconds, view.ends_at) {
        line("time left", format!("{}, until {}", seconds(left), local_time(at, now)));
    }
    if let Some(countdown) = &view.countdown {
        line("closes at", local_time(countdown.at, now));
    }
    if let Some(at) = view.last_beat_at {
        let ago = span(crate::session::time::between(at, now));
        line("last beat", format!("{ago} ago; {} beats, {} failed", view.beats, view.failures));
    }
    if let Some(left) = view.window_remaining_seconds {
        line("window", format!("the service gives up in {} without a beat", seconds(left)));
    }
    if let Some(key) = &view.credentials {
        let until = key.expires_at.map(|at| format!(", valid until {}", local_time(at, now)));
        let until = until.unwrap_or_default();
        line("credentials", format!("{} …{}{until}", key.source, key.key_suffix));
    }
    if let Some(closing) = &view.closing
        && let Some(id) = &closing.request_id
    {
        line("request id", id.clone());
    }
    if let Some(instance) = &view.instance_id {
        line("computer", instance.clone());
    }
    if let Some(error) = &view.last_error {
        line("last error", error.clone());
    }
    lines.join("\n") + "\n"
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

/// `extend` and `fail`.
pub(super) async fn ask_agent(state_dir: &Path, request: Request) -> Result<Exit, Exit> {
    let mut client = connect(state_dir).await?;
    ask(&mut client, request).await
}

async fn ask(client: &mut Client, request: Request) -> Result<Exit, Exit> {
    match client.ask(request).await.map_err(broken)? {
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
