//! `status`: how the session stands, once or as it changes.

use std::path::Path;

use jiff::Timestamp;

use super::error::{CliError, Exit};
use super::terminal;
use crate::control::Client;
use crate::os::terminal::{Terminal, size};
use crate::session::View;
use crate::ui::status::{describe, fitted};

/// Home and clear: the status stays in place.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// In what form.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// `watch`: goes on until the agent stops or nobody reads.
pub(super) async fn run(state_dir: &Path, form: Form, watch: bool) -> Result<Exit, CliError> {
    let mut client = Client::connect(state_dir).await?;
    if !watch {
        show(&client.view().await?, form)?;
        return Ok(Exit::Done);
    }
    let in_place = matches!(form, Form::Text) && Terminal::output().can_redraw;
    let mut views = client.watch().await?;
    loop {
        let view = views.next().await?;
        match size().filter(|_| in_place) {
            // The last line stays free: the end of the one before it would scroll the first away.
            Some((columns, rows)) => {
                let text = describe(&view, Timestamp::now());
                let text = fitted(&text, columns, rows.saturating_sub(1).max(1));
                terminal::print(&format!("{CLEAR}{text}"))?;
            }
            None => show(&view, form)?,
        }
    }
}

fn show(view: &View, form: Form) -> Result<(), CliError> {
    match form {
        Form::Text => terminal::print(&describe(view, Timestamp::now()))?,
        Form::Json => terminal::line(&serde_json::to_string(view).map_err(std::io::Error::from)?)?,
    }
    Ok(())
}
