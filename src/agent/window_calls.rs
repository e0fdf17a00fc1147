//! Where the agent's side calls the window, and where the window, which is another process, says
//! that it is there. At most one is. What it shows is its own business.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::ui::dialog::Question;

/// How long a stopping agent waits for the window to go.
const FAREWELL: Duration = Duration::from_millis(300);

/// Calls to the window. Clones reach the same one.
#[derive(Clone, Debug)]
pub struct WindowCalls(Arc<Board>);

#[derive(Debug)]
struct Board {
    is_there: watch::Sender<bool>,
    call: watch::Sender<WindowCall>,
}

/// What the window is called for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// To come to the front, with the question if there is one.
    Forward(Option<Question>),
    /// To go: the agent stops.
    Away,
}

/// The last call, and whether the window has heard it.
#[derive(Debug, Default)]
struct WindowCall {
    number: u64,
    heard: u64,
    question: Option<Question>,
    away: bool,
}

impl WindowCalls {
    pub(super) fn new() -> Self {
        let board = Board {
            is_there: watch::Sender::new(false),
            call: watch::Sender::new(WindowCall::default()),
        };
        Self(Arc::new(board))
    }

    /// Calls the window to the front, with a question if there is one. One that is not there yet
    /// hears it as soon as it comes.
    pub fn call(&self, question: Option<Question>) {
        self.0.call.send_modify(|call| {
            call.number += 1;
            // A question that has not been heard is not pushed out by a mere look at the window.
            if question.is_some() {
                call.question = question;
            }
        });
    }

    /// Takes the last call back if no window has heard it: somebody else asks.
    pub fn take_back(&self) {
        self.0.call.send_modify(|call| {
            call.heard = call.number;
            call.question = None;
        });
    }

    /// Sends the window away, and waits a moment for it to go.
    pub async fn send_away(&self) {
        self.0.call.send_modify(|call| {
            call.number += 1;
            call.away = true;
        });
        let mut is_there = self.0.is_there.subscribe();
        let gone = is_there.wait_for(|is_there| !is_there);
        // One that hangs is not waited for.
        let _gone = tokio::time::timeout(FAREWELL, gone).await;
    }

    /// True while a window is there.
    pub fn is_there(&self) -> bool {
        *self.0.is_there.borrow()
    }

    /// Returns when a window is there.
    pub async fn there(&self) {
        let mut is_there = self.0.is_there.subscribe();
        // The sender lives as long as `self`.
        drop(is_there.wait_for(|is_there| *is_there).await);
    }

    /// A window comes; `None` if there is one, which is called to the front instead.
    pub fn come(&self) -> Option<WindowPresence> {
        let came = self.0.is_there.send_if_modified(|is_there| !std::mem::replace(is_there, true));
        if !came {
            self.call(None);
            return None;
        }
        Some(WindowPresence { windows: self.clone(), calls: self.0.call.subscribe() })
    }
}

/// A window that is there, until this is dropped.
#[derive(Debug)]
pub struct WindowPresence {
    windows: WindowCalls,
    calls: watch::Receiver<WindowCall>,
}

impl WindowPresence {
    /// Returns when the window is called.
    pub async fn called(&mut self) -> Called {
        // The sender lives as long as `self`. What it lends is locked: not to be kept.
        drop(self.calls.wait_for(|call| call.number > call.heard).await);
        let mut called = Called::Away;
        self.windows.0.call.send_modify(|call| {
            call.heard = call.number;
            if !call.away {
                called = Called::Forward(call.question.take());
            }
        });
        called
    }
}

impl Drop for WindowPresence {
    fn drop(&mut self) {
        self.windows.0.is_there.send_replace(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::AfterEnd;

    const END: Question = Question::End { after_end: AfterEnd::None };

    fn run(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
    }

    fn is_called(attendance: &mut WindowPresence) -> Option<Called> {
        use std::task::{Context, Poll, Waker};
        let mut called = Box::pin(attendance.called());
        match called.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(called) => Some(called),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_question_waits_for_the_window_and_is_heard_once() {
        let windows = WindowCalls::new();
        windows.call(Some(END));
        windows.call(None);
        let mut window = windows.come().unwrap();
        assert_eq!(is_called(&mut window), Some(Called::Forward(Some(END))));
        assert_eq!(is_called(&mut window), None);
        drop(window);
        assert_eq!(is_called(&mut windows.come().unwrap()), None);
    }

    #[test]
    fn a_second_window_calls_the_first_to_the_front() {
        let windows = WindowCalls::new();
        let mut first = windows.come().unwrap();
        assert_eq!(is_called(&mut first), None);
        assert!(windows.come().is_none());
        assert_eq!(is_called(&mut first), Some(Called::Forward(None)));
        drop(first);
        assert!(!windows.is_there());
        assert!(windows.come().is_some());
    }

    #[test]
    fn a_question_taken_back_is_not_asked() {
        let windows = WindowCalls::new();
        windows.call(Some(END));
        windows.take_back();
        assert_eq!(is_called(&mut windows.come().unwrap()), None);
    }

    #[test]
    fn who_waits_for_a_window_hears_it_come() {
        run(async {
            let windows = WindowCalls::new();
            let there = windows.clone();
            let (_window, ()) = tokio::join!(async { windows.come() }, there.there());
        });
    }
}
