//! Notifications on a Linux desktop: shown, heard, asked again when the server restarts, taken back.
//!
//! What only tells goes by notify-rust. What asks goes out on a connection that listens already:
//! notify-rust begins to listen when the server has answered, and stops at the first signal, so a
//! press that comes at once, or just after the close, would be lost. `posts` keeps what stands.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::posts::{Ear, Key, Posted, Posts};
use crate::desktop::linux::bus;
use crate::desktop::notify::notification;
use crate::ui::menu::Choice;
use crate::ui::notification::{Notice, Subject, Urgency};

/// Source: Desktop Notifications Specification 1.2.
const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// As long as this a bus, or a server that is asked a question, may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A press that follows its notification's close within this is still a press.
const GRACE: Duration = Duration::from_millis(500);
/// A question that left the screen unanswered can be answered from the server's history for so long.
const HISTORY: Duration = Duration::from_secs(30);
/// After a server is gone its next one is looked for, which starts it where the bus can. After the
/// last pause nobody waits for it any more.
const RETURNS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// The notification server, reached as soon as there is one.
#[derive(Clone, Debug)]
pub(super) struct Notifications(mpsc::UnboundedSender<Order>);

#[derive(Debug)]
enum Order {
    Post(Notice, Vec<String>, Ear),
    Withdraw(Subject),
}

impl Notifications {
    /// Needs a `LocalSet`.
    pub(super) fn start() -> Self {
        let (order, orders) = mpsc::unbounded_channel();
        tokio::task::spawn_local(serve(orders));
        Self(order)
    }

    /// Shows `notice`; a press on its button, if it has one, tells `choices`.
    pub(super) fn show(
        &self,
        notice: &Notice,
        offer: Option<(Choice, &str)>,
        choices: &mpsc::UnboundedSender<Choice>,
    ) {
        let order = match offer {
            None => Order::Post(notice.clone(), Vec::new(), Ear::Deaf),
            Some((choice, label)) => {
                let ear = Ear::Offer(choice, choices.clone());
                Order::Post(notice.clone(), vec![label.to_owned()], ear)
            }
        };
        self.order(order);
    }

    /// Asks with a button for each label: the index of the one that was pressed. `None` if nobody
    /// answers, or nobody can be asked. Dropping the future takes the question back.
    pub(super) async fn ask(&self, notice: &Notice, labels: Vec<String>) -> Option<usize> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Post(notice.clone(), labels, Ear::Question(answer)));
        answered.await.unwrap_or(None)
    }

    /// Takes back what is said of `subject`.
    pub(super) fn withdraw(&self, subject: Subject) {
        self.order(Order::Withdraw(subject));
    }

    fn order(&self, order: Order) {
        // Its task lives as long as this value.
        let _gone = self.0.send(order);
    }
}

/// Serves until there is nobody who could order.
async fn serve(mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut posts = Posts::default();
    let mut first = time::timeout(PATIENCE, Connection::session()).await.ok().and_then(Result::ok);
    let mut last_bus = None;
    // Where nobody hears a press any more, because our connection broke.
    let mut unheard = Vec::new();
    loop {
        let bus = match first.take() {
            Some(bus) => bus,
            None => tokio::select! {
                bus = bus::join(|_| {}) => bus,
                () = without_server(&mut orders, &mut posts) => return,
            },
        };
        let this_bus = bus.server_guid().to_string();
        // Of another bus, its numbers mean nothing here.
        let is_same = last_bus.as_ref() == Some(&this_bus);
        let orphans = std::mem::take(&mut unheard).into_iter().filter(|_| is_same).collect();
        if !is_same {
            posts.bus_is_another();
        }
        last_bus = Some(this_bus);
        match Desk::new(bus).await {
            Ok(mut desk) => {
                desk.take_back(orphans);
                if desk.serve(&mut orders, &mut posts).await {
                    return;
                }
            }
            Err(error) => tracing::info!("notifications are not heard ({error})"),
        }
        unheard = posts.connection_is_gone();
        time::sleep(RETURNS[0]).await;
    }
}

/// Says in the log what nobody shows; returns when nobody orders any more.
async fn without_server(orders: &mut mpsc::UnboundedReceiver<Order>, posts: &mut Posts) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Post(notice, labels, ear) => {
                let key = posts.add(notice, labels, ear);
                if let Some(notice) = posts.cannot_be_shown(key) {
                    not_shown(&notice, &"there is no session bus");
                }
            }
            Order::Withdraw(subject) => drop(posts.withdraw(subject)),
        }
    }
}

fn not_shown(notice: &Notice, why: &dyn std::fmt::Display) {
    tracing::info!("not shown ({why}): {}: {}", notice.title, notice.body);
}

/// What has happened by itself.
enum Done {
    /// The server has, or has not, taken it.
    Sent(Key, Result<Posted, NotPosted>),
    /// The time to answer a question is over.
    TooLate(Key),
    /// Time to look whether there is a server again.
    LookForServer(usize),
    /// Nothing that matters.
    Closed,
}

/// One connection to the bus.
struct Desk {
    bus: Connection,
    signals: MessageStream,
    under_way: JoinSet<Done>,
}

impl Desk {
    async fn new(bus: Connection) -> zbus::Result<Self> {
        let rule = || MatchRule::builder().msg_type(Type::Signal);
        // One stream for all, so that they are heard in the order in which they were said.
        let proxy = zbus::fdo::DBusProxy::new(&bus).await?;
        proxy.add_match_rule(rule().interface(SERVER)?.build()).await?;
        let owner = rule().interface("org.freedesktop.DBus")?.member("NameOwnerChanged")?;
        proxy.add_match_rule(owner.arg(0, SERVER)?.build()).await?;
        let signals = MessageStream::from(&bus);
        Ok(Self { bus, signals, under_way: JoinSet::new() })
    }

    /// True when nobody orders any more; false when the bus is gone.
    async fn serve(
        mut self,
        orders: &mut mpsc::UnboundedReceiver<Order>,
        posts: &mut Posts,
    ) -> bool {
        self.ask_again(posts);
        loop {
            tokio::select! {
                // What was said first: a server goes before its last answer fails.
                biased;
                signal = self.signals.next() => match signal {
                    Some(Ok(message)) => self.hear(&message, posts),
                    Some(Err(_)) => {}
                    None => return false,
                },
                order = orders.recv() => match order {
                    Some(Order::Post(notice, labels, ear)) => {
                        if notice.subject.replaces() {
                            self.take_back(posts.withdraw(notice.subject));
                        }
                        let key = posts.add(notice, labels, ear);
                        self.send(posts, key);
                    }
                    Some(Order::Withdraw(subject)) => self.take_back(posts.withdraw(subject)),
                    None => return true,
                },
                Some(done) = self.under_way.join_next() => {
                    // It panics only with the task's own panic, which is told already.
                    if let Ok(done) = done {
                        self.finish(done, posts);
                    }
                },
                () = posts.nobody_asks() => self.take_back(posts.unasked()),
            }
        }
    }

    fn send(&mut self, posts: &mut Posts, key: Key) {
        let Some((notice, labels, is_question)) = posts.sending(key) else { return };
        let bus = self.bus.clone();
        self.under_way.spawn_local(async move {
            let sending = send(&bus, &notice, &labels);
            let sent = match is_question {
                false => sending.await,
                true => time::timeout(PATIENCE, sending).await.unwrap_or(Err(NotPosted::NoAnswer)),
            };
            Done::Sent(key, sent)
        });
    }

    fn finish(&mut self, done: Done, posts: &mut Posts) {
        match done {
            Done::Sent(key, Ok(place)) => {
                if let Some(unwanted) = posts.stands(key, place) {
                    self.take_back(vec![unwanted]);
                }
                if let Some((server, id, reason)) = posts.closed_early(key) {
                    self.has_closed(posts, &server, id, reason);
                }
                // Taken by a server that has gone meanwhile, it is shown by the next one.
                self.ask_again(posts);
            }
            Done::Sent(key, Err(error)) => {
                if let Some(notice) = posts.cannot_be_shown(key) {
                    not_shown(&notice, &error);
                    // One that is only starting takes it in a moment.
                    self.look_for_server(0);
                }
            }
            Done::TooLate(key) => posts.is_unanswered(key),
            Done::LookForServer(tries) => {
                if tries + 1 == RETURNS.len() {
                    posts.give_up();
                } else if posts.waits_for_server() {
                    self.ask_again(posts);
                    self.look_for_server(tries + 1);
                }
            }
            Done::Closed => {}
        }
    }

    fn look_for_server(&mut self, tries: usize) {
        if let Some(pause) = RETURNS.get(tries).copied() {
            self.under_way.spawn_local(async move {
                time::sleep(pause).await;
                Done::LookForServer(tries)
            });
        }
    }

    /// Shows again what stood on a server that is no more.
    fn ask_again(&mut self, posts: &mut Posts) {
        for key in posts.without_place() {
            self.send(posts, key);
        }
    }

    fn take_back(&mut self, places: Vec<Posted>) {
        for place in places {
            let bus = self.bus.clone();
            self.under_way.spawn_local(async move {
                close(&bus, place).await;
                Done::Closed
            });
        }
    }

    fn hear(&mut self, message: &Message, posts: &mut Posts) {
        let header = message.header();
        if header.message_type() != Type::Signal {
            return;
        }
        let (Some(interface), Some(member)) = (header.interface(), header.member()) else { return };
        let body = message.body();
        match (interface.as_str(), member.as_str()) {
            // Only the bus itself knows it.
            ("org.freedesktop.DBus", "NameOwnerChanged")
                if header.sender().is_some_and(|it| it.as_str() == "org.freedesktop.DBus") =>
            {
                let Ok((name, old, new)) = body.deserialize::<(String, String, String)>() else {
                    return;
                };
                if name != SERVER {
                    return;
                }
                let server = OwnedUniqueName::try_from(new).ok();
                let is_gone = server.is_none();
                posts.server_is(!old.is_empty(), server);
                match is_gone {
                    true => self.look_for_server(0),
                    false => self.ask_again(posts),
                }
            }
            (SERVER, "ActionInvoked") => {
                let Some(server) = header.sender() else { return };
                if let Ok((id, key)) = body.deserialize::<(u32, String)>() {
                    let pressed = posts.pressed(&server.to_owned().into(), id, &key);
                    self.take_back(pressed.into_iter().collect());
                }
            }
            (SERVER, "NotificationClosed") => {
                let Some(server) = header.sender() else { return };
                if let Ok((id, reason)) = body.deserialize::<(u32, u32)>() {
                    self.has_closed(posts, &server.to_owned().into(), id, reason);
                }
            }
            _ => {}
        }
    }

    fn has_closed(&mut self, posts: &mut Posts, server: &OwnedUniqueName, id: u32, reason: u32) {
        let Some(question) = posts.closed(server, id, reason) else { return };
        // 2: dismissed by the user.
        let pause = if reason == 2 { GRACE } else { HISTORY };
        self.under_way.spawn_local(async move {
            time::sleep(pause).await;
            Done::TooLate(question)
        });
    }
}

/// Why a notification is not shown.
#[derive(Debug, thiserror::Error)]
enum NotPosted {
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    #[error(transparent)]
    Library(#[from] notify_rust::error::Error),
    #[error("the notification server has no name")]
    NoServer,
    #[error("the notification server does not answer")]
    NoAnswer,
}

/// Shows it; where it stands then.
async fn send(bus: &Connection, notice: &Notice, labels: &[String]) -> Result<Posted, NotPosted> {
    let told = bus.call_method(Some(SERVER), PATH, Some(SERVER), "GetCapabilities", &());
    let told = told.await?;
    let server: OwnedUniqueName = match told.header().sender() {
        Some(server) => server.to_owned().into(),
        None => return Err(NotPosted::NoServer),
    };
    let can: Vec<String> = told.body().deserialize()?;
    let can = |word: &str| can.iter().any(|it| it == word);
    let body = if can("body-markup") { escape(&notice.body) } else { notice.body.clone() };
    let notice = Notice { body, ..notice.clone() };
    if labels.is_empty() || !can("actions") {
        let mut told = notification(&notice);
        told.hint(notify_rust::Hint::DesktopEntry("deskbeat".into()));
        let handle = told.show_async().await?;
        let id = handle.id();
        return Ok(Posted { server, id, can_be_pressed: false, handle: Some(Box::new(handle)) });
    }
    let id = post(bus, &notice, labels).await?;
    Ok(Posted { server, id, can_be_pressed: true, handle: None })
}

async fn post(bus: &Connection, notice: &Notice, labels: &[String]) -> zbus::Result<u32> {
    let keys: Vec<String> = (0..labels.len()).map(|index| index.to_string()).collect();
    let actions: Vec<&str> =
        keys.iter().zip(labels).flat_map(|(key, label)| [key.as_str(), label.as_str()]).collect();
    let (urgency, expires) = match notice.urgency {
        Urgency::Low => (0u8, -1),
        Urgency::Normal => (1, -1),
        // Stays until it was seen.
        Urgency::Critical => (2, 0),
    };
    let hints = HashMap::from([
        ("urgency", Value::from(urgency)),
        ("desktop-entry", Value::from("deskbeat")),
    ]);
    let (title, body) = (notice.title.as_str(), notice.body.as_str());
    let content = ("Deskbeat", 0u32, "deskbeat", title, body, actions, hints, expires);
    let reply = bus.call_method(Some(SERVER), PATH, Some(SERVER), "Notify", &content).await?;
    reply.body().deserialize()
}

/// Most servers have closed what was pressed by themselves.
async fn close(bus: &Connection, place: Posted) {
    match place.handle {
        Some(handle) => handle.close_async().await,
        None => {
            let method = "CloseNotification";
            // To that very server: another one's notification of this number is not ours.
            let server = Some(place.server.as_ref());
            let _no_longer_there =
                bus.call_method(server, PATH, Some(SERVER), method, &place.id).await;
        }
    }
}

/// A server with markup would take an administrator's `<` for a tag.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn an_administrators_text_is_text() {
        assert_eq!(escape("a < b & <b>c</b>"), "a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;");
    }
}
