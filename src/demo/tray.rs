//! The demo's tray icon, where there is a desktop: the real front on the simulated session.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::stage::Stage;
use crate::agent::link::Link;
use crate::clock::Clock;
use crate::desktop::controller::{Controller, Diagnostics};
use crate::desktop::shell::{self, Desktop};
use crate::session::{AfterEnd, View};
use crate::ui::menu::Choice;
use crate::ui::status::describe;

/// How often the icon follows the time, in real time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A front that runs, and where its choices go.
type Front = (mpsc::UnboundedSender<Choice>, AbortHandle);

/// The icon, and the front that is shown on it now.
pub(super) struct DemoTray {
    shell: Rc<Desktop>,
    clock: Clock,
    look_every: Duration,
    /// Where the choices of the present front go.
    front: Rc<RefCell<Option<Front>>>,
}

impl DemoTray {
    /// `None` where there is no desktop: the terminal shows it all.
    pub(super) async fn new(stage: &Stage, pace: Option<f64>) -> Option<Self> {
        // Without a pace time flies too fast to be looked at.
        let look_every = LOOK_EVERY.mul_f64(pace?);
        let (desktop, mut choices) = shell::start(stage.folder().to_owned()).await.ok()?;
        let front: Rc<RefCell<Option<Front>>> = Rc::default();
        let present = front.clone();
        tokio::task::spawn_local(async move {
            while let Some(choice) = choices.recv().await {
                if let Some((front, _)) = &*present.borrow() {
                    let _front_gone = front.send(choice);
                }
            }
        });
        Some(Self { shell: Rc::new(desktop), clock: stage.clock.clone(), look_every, front })
    }

    /// Shows this agent from now on.
    pub(super) fn follow(&self, link: Link) {
        let (send, choices) = mpsc::unbounded_channel();
        let (shell, clock) = (self.shell.clone(), self.clock.clone());
        let after_end = Rc::new(Cell::new(AfterEnd::Shutdown));
        let diagnostics =
            Diagnostics::new(async |view: View| describe(&view, Clock::system().now().wall));
        let controller = Controller::new(link, shell, clock, after_end, diagnostics);
        let running =
            tokio::task::spawn_local(controller.looking_every(self.look_every).run(choices));
        if let Some((_, before)) = self.front.replace(Some((send, running.abort_handle()))) {
            before.abort();
        }
    }
}
