//! Watches IMDS for what AWS announces about this machine: spot, rebalance, maintenance, scale-in.

use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::imds::Imds;
use crate::clock::Clock;
use crate::session::Event;
use crate::session::interface::event::{Announcement, AnnouncementKind};

/// A spot interruption leaves two minutes: AWS recommends to look every 5 s.
/// Source: EC2 guide, "Spot Instance interruption notices".
const SPOT_EVERY: Duration = Duration::from_secs(5);
/// The others leave at least minutes.
const REST_EVERY: Duration = Duration::from_secs(60);

/// Watches for ever and reports what is there to `events`; the core tells each once.
pub async fn watch(imds: Rc<Imds>, clock: Clock, events: mpsc::UnboundedSender<Event>) {
    let mut life_cycle = None;
    for round in 0u64.. {
        if life_cycle.is_none() {
            life_cycle = imds.life_cycle().await.ok();
        }
        // Only spot instances are interrupted; where IMDS cannot say, look all the same.
        let is_spot = !matches!(&life_cycle, Some(Some(kind)) if kind.trim() != "spot");
        let pause = if is_spot { SPOT_EVERY } else { REST_EVERY };
        let rest_every = if is_spot { REST_EVERY.as_secs() / SPOT_EVERY.as_secs() } else { 1 };
        let mut found = Vec::new();
        if is_spot {
            found.extend(spot(&imds).await);
        }
        if round % rest_every == 0 {
            if is_spot {
                found.extend(rebalance(&imds).await);
            }
            found.extend(maintenance(&imds).await);
            found.extend(scale_in(&imds).await);
        }
        for announcement in found {
            let announcement = shown(&imds, announcement);
            if events.send(Event::Announced(announcement)).is_err() {
                return;
            }
        }
        clock.pause(pause).await;
    }
}

/// An announcement whose texts may be shown.
fn shown(imds: &Imds, announcement: Announcement) -> Announcement {
    // AWS's own are a line.
    const MAX_CHARS: usize = 200;
    let words = |text: String| imds.words(&text, MAX_CHARS);
    let Announcement { kind, id, at, text } = announcement;
    Announcement { kind, id: words(id), at, text: text.map(words) }
}

/// The document at `path`. No answer, or one that cannot be read, is no announcement.
async fn document<T: for<'a> Deserialize<'a>>(imds: &Imds, path: &str) -> Option<T> {
    let text = imds.find(path).await.ok()??;
    imds.parse(path, &text).ok()
}

async fn spot(imds: &Imds) -> Option<Announcement> {
    #[derive(Deserialize)]
    struct SpotAction {
        action: String,
        time: Timestamp,
    }
    let SpotAction { action, time } = document(imds, "meta-data/spot/instance-action").await?;
    Some(Announcement {
        kind: AnnouncementKind::Spot,
        id: format!("{action} {time}"),
        at: Some(time),
        text: Some(action),
    })
}

async fn rebalance(imds: &Imds) -> Option<Announcement> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Recommendation {
        notice_time: Timestamp,
    }
    let path = "meta-data/events/recommendations/rebalance";
    let Recommendation { notice_time } = document(imds, path).await?;
    Some(Announcement {
        kind: AnnouncementKind::Rebalance,
        id: notice_time.to_string(),
        at: Some(notice_time),
        text: None,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MaintenanceEvent {
    #[serde(default)]
    not_before: Option<String>,
    event_id: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

async fn maintenance(imds: &Imds) -> Vec<Announcement> {
    let path = "meta-data/events/maintenance/scheduled";
    let events: Vec<MaintenanceEvent> = document(imds, path).await.unwrap_or_default();
    events
        .into_iter()
        .filter(MaintenanceEvent::is_to_come)
        .map(MaintenanceEvent::announcement)
        .collect()
}

impl MaintenanceEvent {
    fn is_to_come(&self) -> bool {
        !matches!(self.state.as_deref(), Some("completed" | "canceled"))
    }

    fn announcement(self) -> Announcement {
        Announcement {
            kind: AnnouncementKind::Maintenance,
            id: self.event_id,
            at: self.not_before.as_deref().and_then(maintenance_time),
            text: self.description,
        }
    }
}

/// Reads a date such as `21 Jan 2019 09:00:43 GMT`.
fn maintenance_time(text: &str) -> Option<Timestamp> {
    let text = text.trim().strip_suffix("GMT")?;
    let date = jiff::civil::DateTime::strptime("%d %b %Y %H:%M:%S", text.trim()).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(date).ok()
}

async fn scale_in(imds: &Imds) -> Option<Announcement> {
    let text = imds.find("meta-data/autoscaling/target-lifecycle-state").await.ok()??;
    (text.trim() == "Terminated").then(|| Announcement {
        kind: AnnouncementKind::ScaleIn,
        id: "Terminated".into(),
        at: None,
        text: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintenance_is_read_as_imds_writes_it() {
        let text = r#"[{"NotBefore":"21 Jan 2019 09:00:43 GMT","Code":"system-reboot",
            "Description":"scheduled reboot","EventId":"instance-event-1","NotAfter":"21 Jan 2019 09:17:23 GMT",
            "State":"active"},
            {"EventId":"instance-event-2","State":"completed"},
            {"EventId":"instance-event-3","State":"canceled"}]"#;
        let events: Vec<MaintenanceEvent> = serde_json::from_str(text).unwrap();
        let told: Vec<_> = events
            .into_iter()
            .filter(MaintenanceEvent::is_to_come)
            .map(MaintenanceEvent::announcement)
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].id, "instance-event-1");
        assert_eq!(told[0].at, Some("2019-01-21T09:00:43Z".parse().unwrap()));
    }
}
