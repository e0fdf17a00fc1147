//! The notification server of the session, if there is one.

use std::collections::HashMap;

use futures_util::StreamExt;
use zbus::zvariant::Value;
use zbus::{Connection, proxy};

use crate::ui::notification::{Notice, Urgency};

/// Source: Desktop Notifications Specification 1.2.
#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Server {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// The notification server, reached when something is to be shown.
#[derive(Debug)]
pub(super) struct Notifications(Connection);

impl Notifications {
    pub(super) fn new(bus: Connection) -> Self {
        Self(bus)
    }

    /// Shows `notice` with a button for each label; the index of the one that was pressed. Without
    /// buttons it returns at once; without a server the notice goes to the log.
    pub(super) async fn show(&self, notice: &Notice, labels: &[&str]) -> Option<usize> {
        match self.try_to_show(notice, labels).await {
            Ok(pressed) => pressed,
            Err(error) => {
                tracing::info!("not shown ({error}): {}: {}", notice.title, notice.body);
                None
            }
        }
    }

    async fn try_to_show(&self, notice: &Notice, labels: &[&str]) -> zbus::Result<Option<usize>> {
        let server = ServerProxy::new(&self.0).await?;
        let can = server.get_capabilities().await?;
        let labels = if can.iter().any(|word| word == "actions") { labels } else { &[] };
        let mut invoked = server.receive_action_invoked().await?;
        let mut closed = server.receive_notification_closed().await?;
        let id =
            post(&server, notice, labels, can.iter().any(|word| word == "body-markup")).await?;
        if labels.is_empty() {
            return Ok(None);
        }
        let _closed_at_last = Question { server, id };
        loop {
            tokio::select! {
                Some(signal) = invoked.next() => {
                    let args = signal.args()?;
                    if args.id == id {
                        return Ok(args.action_key.parse().ok());
                    }
                }
                Some(signal) = closed.next() => {
                    if signal.args()?.id == id {
                        return Ok(None);
                    }
                }
                else => return Ok(None),
            }
        }
    }
}

/// A notification with buttons that stands until it is answered, or nobody wants to know any more.
struct Question {
    server: ServerProxy<'static>,
    id: u32,
}

impl Drop for Question {
    fn drop(&mut self) {
        let (server, id) = (self.server.clone(), self.id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Most servers have closed it by themselves.
                let _no_longer_there = server.close_notification(id).await;
            });
        }
    }
}

async fn post(
    server: &ServerProxy<'_>,
    notice: &Notice,
    labels: &[&str],
    markup: bool,
) -> zbus::Result<u32> {
    let keys: Vec<String> = (0..labels.len()).map(|index| index.to_string()).collect();
    let actions: Vec<&str> =
        keys.iter().zip(labels).flat_map(|(key, label)| [key.as_str(), *label]).collect();
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
    let body = if markup { escape(&notice.body) } else { notice.body.clone() };
    server.notify("Deskbeat", 0, "deskbeat", &notice.title, &body, &actions, hints, expires).await
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
