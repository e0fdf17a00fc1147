//! `status`: how the session stands, once or as it changes.

use std::path::Path;

use jiff::Timestamp;

use super::error::{CliError, Exit};
use super::terminal;
use crate::control::Client;
use crate::os::terminal::Terminal;
use crate::session::View;
use crate::ui::status::describe;

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
        if in_place {
            terminal::print(CLEAR)?;
        }
        show(&view, form)?;
    }
}

fn show(view: &View, form: Form) -> Result<(), CliError> {
    match form {
        Form::Text => terminal::print(&describe(view, Timestamp::now()))?,
        Form::Json => terminal::line(&serde_json::to_string(view).map_err(std::io::Error::from)?)?,
    }
    Ok(())
}
