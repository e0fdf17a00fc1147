//! "Copy diagnostics": a bundle in the state folder, and where it is, with the status, to paste.

use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::bundle::{Bundle, file_name};
use crate::session::View;
use crate::ui::language::in_english;
use crate::ui::status::describe;

/// Writes the bundle; the text to paste, without any token.
pub(crate) async fn diagnostics(config: &Config, view: Option<View>) -> String {
    let (state_dir, settings) = (config.state_dir.clone(), config.in_words());
    let now = Clock::system().now().wall;
    // For support, which reads English.
    let status = in_english(|| view.as_ref().map_or_else(String::new, |view| describe(view, now)));
    let path = state_dir.join(file_name(now));
    // Files of megabytes: not on the thread that beats.
    let written = tokio::task::spawn_blocking(move || {
        let environment = std::env::vars_os().collect();
        let (view, findings) = (view.as_ref(), &[]);
        let bundle =
            Bundle { view, findings, settings: &settings, state_dir: &state_dir, environment };
        bundle.write(&path).map(|()| path)
    });
    let bundle = match written.await {
        Ok(Ok(path)) => format!("The log and the rest are in {}", path.display()),
        Ok(Err(error)) => format!("The bundle could not be written: {error}"),
        Err(error) => format!("The bundle could not be made: {error}"),
    };
    format!("Deskbeat {}\n{status}{bundle}\n", env!("CARGO_PKG_VERSION"))
}
