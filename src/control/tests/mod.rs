//! Over real sockets, with an agent that only pretends.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::*;
use crate::agent::link::{AgentEnd, FrontCall};
use crate::clock::Clock;
use crate::session::{Mono, Now, Record, Refusal, Reply, Request, Session, Settings, View};
use crate::ui::history::History;

mod calls;
#[cfg(feature = "sandbox")]
mod timing;
#[cfg(unix)]
mod unix;

/// What the pretended agent does, and what it saw.
#[derive(Default)]
struct Pretence {
    asked: RefCell<Vec<Request>>,
    /// While set, replies are kept here instead of being sent.
    holds: Cell<bool>,
    held: RefCell<Vec<oneshot::Sender<Reply>>>,
    /// In the views; and the number of the view.
    window: Cell<Option<u64>>,
    views: Cell<u64>,
    saw_a_request: Notify,
    change: Notify,
    stop: Notify,
}

struct Agent {
    folder: tempfile::TempDir,
    pretence: Rc<Pretence>,
    serving: JoinHandle<()>,
}

impl Agent {
    fn start(clock: Clock) -> Agent {
        let folder = tempfile::tempdir().unwrap();
        let listener = Listener::bind(folder.path()).unwrap();
        let (desk, link) = AgentEnd::new();
        let pretence = Rc::new(Pretence::default());
        spawn_local(pretence.clone().run(desk));
        Agent { folder, pretence, serving: spawn_local(serve(listener, link, clock)) }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn client(&self) -> Client {
        Client::connect(self.folder()).await.unwrap()
    }

    /// Sends `bytes`, and returns everything that comes until the agent hangs up.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = platform::connect(self.folder()).await.unwrap();
        // The agent may hang up before it has read it all.
        let _sent = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

impl Pretence {
    async fn run(self: Rc<Self>, mut desk: AgentEnd) {
        loop {
            let call = tokio::select! {
                call = desk.next() => call,
                () = self.change.notified() => {
                    desk.changed();
                    continue;
                }
                () = self.stop.notified() => return,
            };
            match call {
                FrontCall::View(answer) => {
                    self.views.set(self.views.get() + 1);
                    // The client may have gone.
                    let _sent = answer.send(self.view());
                }
                FrontCall::History(answer) => {
                    let _sent = answer.send(History::default());
                }
                FrontCall::Ask(request, answer) => {
                    self.asked.borrow_mut().push(request);
                    self.saw_a_request.notify_one();
                    if self.holds.get() {
                        self.held.borrow_mut().push(answer);
                    } else {
                        let _sent = answer.send(done());
                    }
                }
                FrontCall::Report(event) => panic!("nobody reports here: {event:?}"),
            }
        }
    }

    fn view(&self) -> View {
        let now = Now { mono: Mono::default(), wall: jiff::Timestamp::UNIX_EPOCH };
        let view = Session::new(now, Settings::default(), Record::default(), 0).view(now);
        View {
            beats: self.views.get(),
            window_remaining_seconds: self.window.get(),
            session_remaining_share: Some(0.5),
            ..view
        }
    }
}

fn done() -> Reply {
    Reply::Done { sentence: "The service accepted it.".into(), request_id: Some("r-1".into()) }
}

fn runtime() -> tokio::runtime::Builder {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all();
    builder
}

fn run(story: impl AsyncFnOnce(Agent)) {
    let runtime = runtime().build().unwrap();
    LocalSet::new().block_on(&runtime, async { story(Agent::start(Clock::system())).await });
}
