//! The notifications that stand, and what a press on one of them means. Nothing is sent from here.
//!
//! A server numbers its notifications from one when it starts: a number is only good together with
//! the server's own name on the bus.

use std::collections::{BTreeMap, VecDeque};

use notify_rust::NotificationHandle;
use tokio::sync::{mpsc, oneshot};
use zbus::names::OwnedUniqueName;

use crate::desktop::notify::KEPT;
use crate::ui::menu::Choice;
use crate::ui::notification::{Notice, Subject, Urgency};

/// A notification, in the order of their coming.
pub(super) type Key = u64;

/// Who is told of a press.
#[derive(Debug)]
pub(super) enum Ear {
    /// Nobody.
    Deaf,
    /// The controller, with a choice.
    Offer(Choice, mpsc::UnboundedSender<Choice>),
    /// Somebody who waits for an answer: the button's index, or `None` if there is none.
    Question(oneshot::Sender<Option<usize>>),
}

/// Where a notification stands.
#[derive(Debug)]
pub(super) struct Posted {
    /// The server's unique name.
    pub(super) server: OwnedUniqueName,
    /// The number that it gave.
    pub(super) id: u32,
    /// False if it has no buttons.
    pub(super) can_be_pressed: bool,
    /// Kept: GNOME closes the notifications of a connection that ends.
    pub(super) handle: Option<Box<NotificationHandle>>,
}

#[derive(Debug)]
struct Post {
    notice: Notice,
    labels: Vec<String>,
    ear: Ear,
    place: Option<Posted>,
    /// The server has been told, and has not answered yet.
    is_sent: bool,
    /// Some server has taken it: it is shown again where that one goes.
    has_stood: bool,
    /// It has left the screen.
    is_closed: bool,
    /// It is known that no server shows it.
    is_unshown: bool,
}

/// What became of a notification before its number was known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Early {
    /// This button was pressed.
    Pressed(String),
    /// It has left the screen, for this reason.
    Closed(u32),
}

/// Who shows notifications at present.
#[derive(Debug, Default)]
enum Server {
    /// The bus has told of no change: whoever answers.
    #[default]
    Unchanged,
    /// Nobody: what answers yet has gone since.
    Nobody,
    Is(OwnedUniqueName),
}

/// What stands, and what became of it before we knew its number.
#[derive(Debug, Default)]
pub(super) struct Posts {
    posts: BTreeMap<Key, Post>,
    next: Key,
    server: Server,
    early: VecDeque<(OwnedUniqueName, u32, Early)>,
}

impl Posts {
    pub(super) fn add(&mut self, notice: Notice, labels: Vec<String>, ear: Ear) -> Key {
        let told = self.posts.iter().filter(|(_, post)| post.labels.is_empty());
        let told: Vec<Key> = told.map(|(key, _)| *key).collect();
        if let Some(oldest) = told.first().filter(|_| told.len() >= KEPT) {
            self.posts.remove(oldest);
        }
        self.next += 1;
        let post = Post {
            notice,
            labels,
            ear,
            place: None,
            is_sent: false,
            has_stood: false,
            is_closed: false,
            is_unshown: false,
        };
        self.posts.insert(self.next, post);
        self.next
    }

    /// What is sent now, and whether somebody waits for its answer.
    pub(super) fn sending(&mut self, key: Key) -> Option<(Notice, Vec<String>, bool)> {
        let post = self.posts.get_mut(&key)?;
        post.is_sent = true;
        let is_question = matches!(post.ear, Ear::Question(_));
        Some((post.notice.clone(), post.labels.clone(), is_question))
    }

    /// The server has taken it. What is to be closed again at once, because nobody wants it any more
    /// or because its button was pressed before its number came.
    pub(super) fn stands(&mut self, key: Key, place: Posted) -> Option<Posted> {
        let Some(post) = self.posts.get_mut(&key) else { return Some(place) };
        post.is_sent = false;
        match &self.server {
            Server::Unchanged => {}
            Server::Is(server) if *server == place.server => {}
            // Taken by one that is no more.
            Server::Nobody | Server::Is(_) => return None,
        }
        if !place.can_be_pressed && matches!(post.ear, Ear::Question(_)) {
            // Shown, but nobody can answer there.
            self.posts.remove(&key);
            return None;
        }
        let early = self.early.iter().find_map(|(server, id, what)| match what {
            Early::Pressed(button) if is(&place, server, *id) => {
                Some((server.clone(), *id, button.clone()))
            }
            Early::Pressed(_) | Early::Closed(_) => None,
        });
        (post.place, post.has_stood) = (Some(place), true);
        let (server, id, button) = early?;
        self.pressed(&server, id, &button)
    }

    /// Without a server a question is not asked, unless it stood on one that may come back. What can be
    /// pressed, or matters, is shown when one comes. What nobody shows, if that is new.
    pub(super) fn cannot_be_shown(&mut self, key: Key) -> Option<Notice> {
        let post = self.posts.get_mut(&key)?;
        post.is_sent = false;
        let is_new = !std::mem::replace(&mut post.is_unshown, true);
        let notice = is_new.then(|| post.notice.clone());
        match post.ear {
            Ear::Offer(..) => {}
            Ear::Deaf if post.notice.urgency == Urgency::Critical => {}
            Ear::Question(_) if post.has_stood => {}
            Ear::Question(_) | Ear::Deaf => drop(self.posts.remove(&key)),
        }
        notice
    }

    /// Somebody pressed a button, of one of ours or of another program's. What is to be closed.
    pub(super) fn pressed(
        &mut self,
        server: &OwnedUniqueName,
        id: u32,
        button: &str,
    ) -> Option<Posted> {
        let Some(key) = self.at(server, id) else {
            self.remember(server, id, Early::Pressed(button.to_owned()));
            return None;
        };
        let at = button.parse().ok().filter(|at| *at < self.posts[&key].labels.len())?;
        let post = self.posts.remove(&key)?;
        match post.ear {
            Ear::Deaf => {}
            Ear::Offer(choice, choices) => {
                // The controller may have stopped.
                let _gone = choices.send(choice);
            }
            Ear::Question(answer) => {
                let _nobody_asks = answer.send(Some(at));
            }
        }
        post.place
    }

    fn remember(&mut self, server: &OwnedUniqueName, id: u32, what: Early) {
        if self.early.len() == KEPT {
            self.early.pop_front();
        }
        self.early.push_back((server.clone(), id, what));
    }

    /// Why it left the screen before its number was known, and where it was.
    pub(super) fn closed_early(&self, key: Key) -> Option<(OwnedUniqueName, u32, u32)> {
        let place = self.posts.get(&key)?.place.as_ref()?;
        self.early.iter().find_map(|(server, id, what)| match what {
            Early::Closed(reason) if is(place, server, *id) => Some((server.clone(), *id, *reason)),
            Early::Closed(_) | Early::Pressed(_) => None,
        })
    }

    /// It has left the screen. A question's key: it has not much time left.
    pub(super) fn closed(&mut self, server: &OwnedUniqueName, id: u32, reason: u32) -> Option<Key> {
        let Some(key) = self.at(server, id) else {
            self.remember(server, id, Early::Closed(reason));
            return None;
        };
        let post = self.posts.get_mut(&key)?;
        post.is_closed = true;
        match post.ear {
            Ear::Question(_) => Some(key),
            // Its button may be pressed in the server's history.
            Ear::Offer(..) => None,
            Ear::Deaf => {
                self.posts.remove(&key);
                None
            }
        }
    }

    /// The question was not answered.
    pub(super) fn is_unanswered(&mut self, key: Key) {
        // Asked again by another server meanwhile, it stands.
        if self.posts.get(&key).is_some_and(|post| post.is_closed) {
            self.posts.remove(&key);
        }
    }

    /// No server came back: what stood as a question is not answered.
    pub(super) fn give_up(&mut self) {
        self.posts.retain(|_, post| {
            post.is_sent || post.place.is_some() || !matches!(post.ear, Ear::Question(_))
        });
    }

    /// Nothing is said of `subject` any more: what is to be closed.
    pub(super) fn withdraw(&mut self, subject: Subject) -> Vec<Posted> {
        let gone = self.posts.extract_if(.., |_, post| {
            post.notice.subject == subject && !matches!(post.ear, Ear::Question(_))
        });
        gone.filter_map(|(_, post)| post.place).collect()
    }

    /// Returns when somebody does not want to know an answer any more.
    pub(super) async fn nobody_asks(&mut self) {
        let waiting = self.posts.values_mut().filter_map(|post| match &mut post.ear {
            Ear::Question(answer) => Some(Box::pin(answer.closed())),
            Ear::Deaf | Ear::Offer(..) => None,
        });
        let waiting: Vec<_> = waiting.collect();
        if waiting.is_empty() {
            std::future::pending::<()>().await;
        }
        futures_util::future::select_all(waiting).await;
    }

    /// The questions that nobody asks any more: what is to be closed.
    pub(super) fn unasked(&mut self) -> Vec<Posted> {
        let gone = self.posts.extract_if(
            ..,
            |_, post| matches!(&post.ear, Ear::Question(answer) if answer.is_closed()),
        );
        gone.filter_map(|(_, post)| post.place).collect()
    }

    /// Our connection has gone, and the server may still be there: it would tell of a press to nobody.
    /// What is to be closed there, because it is asked again.
    pub(super) fn connection_is_gone(&mut self) -> Vec<Posted> {
        let mut unheard = Vec::new();
        for post in self.posts.values_mut() {
            post.is_sent = false;
            if post.place.as_ref().is_some_and(|place| place.can_be_pressed) {
                unheard.extend(post.place.take());
            }
        }
        self.early.clear();
        // Its changes are not heard meanwhile.
        self.server = Server::Unchanged;
        unheard
    }

    /// Another bus: nothing is known of its server.
    pub(super) fn bus_is_another(&mut self) {
        self.server_is_gone();
        self.server = Server::Unchanged;
    }

    /// The bus tells of another server, or of none. The first one changes nothing for what it is just
    /// being told.
    pub(super) fn server_is(&mut self, had_one: bool, new: Option<OwnedUniqueName>) {
        if had_one {
            self.server_is_gone();
        }
        self.server = new.map_or(Server::Nobody, Server::Is);
    }

    /// The numbers that were given are worth nothing any more. What only told has been seen.
    fn server_is_gone(&mut self) {
        self.early.clear();
        self.posts.retain(|_, post| {
            post.place = None;
            if post.is_sent {
                // The one that was just being told has gone.
                post.has_stood = true;
                return true;
            }
            let matters = !post.labels.is_empty() || post.notice.urgency == Urgency::Critical;
            matters && (!post.is_closed || matches!(post.ear, Ear::Question(_)))
        });
        for post in self.posts.values_mut() {
            post.is_closed = false;
        }
    }

    /// What stands nowhere.
    pub(super) fn without_place(&self) -> Vec<Key> {
        let is_nowhere = |post: &Post| post.place.is_none() && !post.is_sent;
        self.posts.iter().filter(|(_, post)| is_nowhere(post)).map(|(key, _)| *key).collect()
    }

    pub(super) fn waits_for_server(&self) -> bool {
        self.posts.values().any(|post| post.place.is_none())
    }

    fn at(&self, server: &OwnedUniqueName, id: u32) -> Option<Key> {
        let is_it = |post: &Post| post.place.as_ref().is_some_and(|place| is(place, server, id));
        self.posts.iter().find(|(_, post)| is_it(post)).map(|(key, _)| *key)
    }
}

fn is(place: &Posted, server: &OwnedUniqueName, id: u32) -> bool {
    place.server == *server && place.id == id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(subject: Subject) -> Notice {
        let (title, body) = ("Title".into(), "Body".into());
        Notice { subject, title, body, urgency: Urgency::Critical }
    }

    fn server(name: &str) -> OwnedUniqueName {
        OwnedUniqueName::try_from(name).unwrap()
    }

    fn at(name: &str, id: u32) -> Posted {
        Posted { server: server(name), id, can_be_pressed: true, handle: None }
    }

    fn question(posts: &mut Posts) -> (Key, oneshot::Receiver<Option<usize>>) {
        let (answer, answered) = oneshot::channel();
        let labels = vec!["No".into(), "Yes".into()];
        (posts.add(notice(Subject::Question), labels, Ear::Question(answer)), answered)
    }

    #[test]
    fn a_question_outlives_its_server_and_the_pause_before_the_next_one() {
        let mut posts = Posts::default();
        let (key, mut answered) = question(&mut posts);
        posts.sending(key);
        assert!(posts.stands(key, at(":1.5", 3)).is_none());
        posts.server_is(true, None);
        assert_eq!(posts.without_place(), [key]);
        // It is tried before anybody is there to take it.
        posts.sending(key);
        posts.cannot_be_shown(key);
        assert_eq!(posts.without_place(), [key]);
        posts.server_is(false, Some(server(":1.9")));
        posts.sending(key);
        posts.stands(key, at(":1.9", 1));
        // The old number is another program's now.
        assert!(posts.pressed(&server(":1.9"), 3, "1").is_none());
        assert!(answered.try_recv().is_err());
        assert!(posts.pressed(&server(":1.9"), 1, "1").is_some());
        assert_eq!(answered.try_recv().unwrap(), Some(1));
    }

    #[test]
    fn a_question_that_no_server_ever_took_is_not_asked() {
        let mut posts = Posts::default();
        let (key, mut answered) = question(&mut posts);
        posts.sending(key);
        posts.cannot_be_shown(key);
        assert!(answered.try_recv().is_err_and(|why| why == oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn a_question_outlives_a_server_that_goes_while_it_is_told() {
        let mut posts = Posts::default();
        let (key, mut answered) = question(&mut posts);
        posts.sending(key);
        posts.server_is(true, None);
        assert!(posts.without_place().is_empty());
        posts.cannot_be_shown(key);
        assert_eq!(posts.without_place(), [key]);
        posts.give_up();
        assert!(answered.try_recv().is_err_and(|why| why == oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn a_question_outlives_a_server_that_goes_just_after_it_took_it() {
        for next_comes_first in [false, true] {
            let mut posts = Posts::default();
            let (key, mut answered) = question(&mut posts);
            posts.sending(key);
            // Its answer is heard after its going, or after the next one's coming.
            posts.server_is(true, None);
            if next_comes_first {
                posts.server_is(false, Some(server(":1.9")));
            }
            assert!(posts.stands(key, at(":1.5", 3)).is_none());
            assert_eq!(posts.without_place(), [key], "{next_comes_first}");
            posts.server_is(false, Some(server(":1.9")));
            posts.sending(key);
            assert!(posts.stands(key, at(":1.9", 1)).is_none());
            assert!(posts.pressed(&server(":1.9"), 1, "1").is_some());
            assert_eq!(answered.try_recv().unwrap(), Some(1));
        }
    }

    #[test]
    fn the_first_server_changes_nothing_for_what_it_is_being_told() {
        let mut posts = Posts::default();
        let (key, _answered) = question(&mut posts);
        posts.sending(key);
        posts.server_is(false, Some(server(":1.5")));
        assert!(posts.stands(key, at(":1.5", 1)).is_none());
        assert!(posts.without_place().is_empty());
    }

    #[test]
    fn a_close_before_the_number_is_known_counts() {
        let mut posts = Posts::default();
        let (key, _answered) = question(&mut posts);
        posts.sending(key);
        assert_eq!(posts.closed(&server(":1.5"), 7, 2), None);
        assert!(posts.stands(key, at(":1.5", 7)).is_none());
        assert_eq!(posts.closed_early(key), Some((server(":1.5"), 7, 2)));
        assert_eq!(posts.closed(&server(":1.5"), 7, 2), Some(key));
    }

    #[test]
    fn a_press_before_the_number_is_known_counts() {
        let mut posts = Posts::default();
        let (key, mut answered) = question(&mut posts);
        posts.sending(key);
        assert!(posts.pressed(&server(":1.5"), 7, "0").is_none());
        assert!(posts.stands(key, at(":1.5", 7)).is_some());
        assert_eq!(answered.try_recv().unwrap(), Some(0));
    }
}
