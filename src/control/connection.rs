//! One client: its calls, one after the other, until it closes, errs or falls silent.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, ReadHalf, WriteHalf};
use tokio::time;

use super::line::{self, LONGEST, Line};
use super::platform::ServerStream;
use super::protocol::{About, Call, Response, Scene, Why, from_line, to_line};
use super::seats::{Connected, MOST_ASKS, MOST_WATCHES, Seats};
use crate::agent::link::{AgentGone, Link};
use crate::agent::window_calls::Called;
use crate::clock::Clock;
use crate::session::{State, View};

/// A client sends its call within this time. Clients are other programs, so this is real time
/// whatever clock the session runs on.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// A client takes its answer within this time.
const LONGEST_WRITE: Duration = Duration::from_secs(10);
/// While something counts down, a watching client sees it at least this often, on the session's clock.
const WATCH_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Connection {
    reader: BufReader<ReadHalf<ServerStream>>,
    writer: Writer,
    link: Link,
    clock: Clock,
    place: Rc<Connected>,
    turns: Rc<Cell<u64>>,
    seats: Rc<Seats>,
}

/// The writing end, with a limit on each answer.
struct Writer {
    stream: WriteHalf<ServerStream>,
}

/// Why a connection ends.
enum Over {
    /// The client has closed, or the stream broke.
    Gone,
    /// We hang up, and say why.
    HangUp(Response),
}

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Over::Gone
    }
}

impl From<AgentGone> for Over {
    fn from(gone: AgentGone) -> Self {
        Over::HangUp(Response::error(Why::Stopped, gone.to_string()))
    }
}

/// Answers a connection that there is no place for.
pub(super) async fn refuse(stream: ServerStream, answer: Response) {
    let (_, stream) = tokio::io::split(stream);
    // Whether it hears us or not, it has to go.
    let _sent = Writer { stream }.say(&answer).await;
}

impl Connection {
    pub(super) fn new(
        stream: ServerStream,
        link: Link,
        clock: Clock,
        place: Rc<Connected>,
        turns: Rc<Cell<u64>>,
        seats: Rc<Seats>,
    ) -> Self {
        let (reader, stream) = tokio::io::split(stream);
        let connection = Self {
            reader: BufReader::new(reader),
            writer: Writer { stream },
            link,
            clock,
            place,
            turns,
            seats,
        };
        // From the start: a connection may be asked to make room before its task first runs.
        connection.fall_silent();
        connection
    }

    pub(super) async fn run(mut self) {
        if let Over::HangUp(answer) = self.converse().await {
            let _sent = self.writer.say(&answer).await;
        }
        // The last answer is on its way; a client that still writes must not lose it to a reset.
        let _shut = self.writer.stream.shutdown().await;
    }

    async fn converse(&mut self) -> Over {
        loop {
            if let Err(over) = self.one_call().await {
                return over;
            }
        }
    }

    async fn one_call(&mut self) -> Result<(), Over> {
        let line = self.line().await?;
        let call = from_line(&line).map_err(|(why, sentence)| hang_up(why, sentence))?;
        match call {
            Call::View => {
                let view = self.link.view().await?;
                self.writer.say_view(view).await
            }
            Call::About => {
                let version = env!("CARGO_PKG_VERSION").into();
                let (leaving, starting_up) = (self.link.is_leaving(), self.link.is_starting_up());
                let about = About { version, pid: std::process::id(), leaving, starting_up };
                self.writer.say(&Response::About { about }).await
            }
            Call::Ask { request } => {
                let seats = self.seats.clone();
                let Ok(_seat) = seats.asks.try_acquire() else {
                    let sentence =
                        format!("{MOST_ASKS} others wait for an answer; try again later");
                    return Err(hang_up(Why::Busy, sentence));
                };
                let link = self.link.clone();
                let reply = tokio::select! {
                    // First, so that what was asked is done even if the client has closed already.
                    biased;
                    reply = link.ask(request) => reply?,
                    Gone = self.client_gone() => return Err(Over::Gone),
                };
                self.writer.say(&Response::Reply { reply }).await
            }
            Call::Watch => {
                let seats = self.seats.clone();
                let Ok(_seat) = seats.watches.try_acquire() else {
                    let sentence =
                        format!("{MOST_WATCHES} others watch already; close one of them");
                    return Err(hang_up(Why::Busy, sentence));
                };
                self.watch().await
            }
            Call::Attend => self.attend().await,
        }
    }

    /// The next call's line.
    async fn line(&mut self) -> Result<Vec<u8>, Over> {
        self.fall_silent();
        let line = tokio::select! {
            line = line::next(&mut self.reader) => line?,
            () = time::sleep(LONGEST_SILENCE) => {
                return Err(hang_up(Why::Silent, format!("no call came within {LONGEST_SILENCE:?}")));
            }
            last_word = self.place.sent_away() => return Err(Over::HangUp(last_word)),
        };
        self.place.speaks();
        match line {
            Line::Whole(line) => Ok(line),
            Line::End => Err(Over::Gone),
            Line::Half => Err(hang_up(Why::Incomplete, "the line has no end")),
            Line::TooLong => {
                Err(hang_up(Why::TooLong, format!("a line has at most {LONGEST} bytes")))
            }
        }
    }

    /// Views, until the client closes.
    async fn watch(&mut self) -> Result<(), Over> {
        let (mut link, clock) = (self.link.clone(), self.clock.clone());
        loop {
            let view = link.view().await?;
            let counts_down = counts_down(&view);
            self.writer.say_view(view).await?;
            tokio::select! {
                changed = link.changed() => changed?,
                () = clock.sleep(WATCH_EVERY), if counts_down => {}
                Gone = self.client_gone() => return Err(Over::Gone),
            }
        }
    }

    /// Scenes, until the window closes.
    async fn attend(&mut self) -> Result<(), Over> {
        let mut link = self.link.clone();
        let clock = self.clock.clone();
        let Some(mut attendance) = link.windows().clone().come() else {
            return Err(hang_up(Why::WindowThere, "Deskbeat's window is open already"));
        };
        let (mut called, mut question) = (false, None);
        loop {
            let (view, history) = (link.view().await?, link.history().await?);
            // Its sentence says how long it can last.
            let counts_down = view.state == State::AtRisk;
            let scene = Box::new(Scene { view, history, called, question });
            self.writer.say(&Response::Scene { scene }).await?;
            (called, question) = tokio::select! {
                changed = link.changed() => {
                    changed?;
                    (false, None)
                }
                called = attendance.called() => match called {
                    Called::Forward(question) => (true, question),
                    Called::Away => return Err(AgentGone.into()),
                },
                () = clock.sleep(WATCH_EVERY), if counts_down => (false, None),
                Gone = self.client_gone() => return Err(Over::Gone),
            };
        }
    }

    /// Returns when the client has closed; never once it has sent something more.
    async fn client_gone(&mut self) -> Gone {
        match self.reader.fill_buf().await {
            Ok(bytes) if !bytes.is_empty() => std::future::pending().await,
            Ok(_) | Err(_) => Gone,
        }
    }

    fn fall_silent(&self) {
        let turn = self.turns.get() + 1;
        self.turns.set(turn);
        self.place.falls_silent(turn);
    }
}

struct Gone;

impl Writer {
    async fn say_view(&mut self, view: View) -> Result<(), Over> {
        self.say(&Response::View { view: Box::new(view) }).await
    }

    async fn say(&mut self, answer: &Response) -> Result<(), Over> {
        let line = to_line(answer)?;
        let written = async {
            self.stream.write_all(&line).await?;
            self.stream.flush().await
        };
        match time::timeout(LONGEST_WRITE, written).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(Over::Gone),
        }
    }
}

fn hang_up(why: Why, sentence: impl Into<String>) -> Over {
    Over::HangUp(Response::error(why, sentence))
}

/// Something in the view changes with time alone.
fn counts_down(view: &View) -> bool {
    view.window_remaining_seconds.is_some()
        || view.session_remaining_seconds.is_some()
        || view.countdown.is_some()
}
