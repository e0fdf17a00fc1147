//! The instance behind IMDS: what it is, and what EC2 has in store for it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::options::{LifeCycle, Options};
use crate::sandbox::{Sandbox, World, ids};
use crate::session::interface::time::later;

/// An entry of `events/maintenance/scheduled`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Such as `instance-event-0d59937288b749b32`.
    pub event_id: String,
    /// Such as `system-reboot` or `instance-retirement`.
    pub code: String,
    /// `active`, `completed` or `canceled`.
    pub state: String,
    /// Such as `scheduled reboot`.
    pub description: String,
    /// The earliest start.
    pub not_before: Timestamp,
    /// The latest end.
    pub not_after: Timestamp,
}

impl Maintenance {
    fn json(&self) -> Value {
        // Source: EC2 user guide, "View scheduled events": `21 Jan 2019 09:00:43 GMT`.
        let show = |at: Timestamp| at.strftime("%d %b %Y %H:%M:%S GMT").to_string();
        json!({
            "NotBefore": show(self.not_before),
            "Code": self.code,
            "Description": self.description,
            "EventId": self.event_id,
            "NotAfter": show(self.not_after),
            "State": self.state,
        })
    }
}

pub(in crate::sandbox) struct Instance {
    pub tags: Option<Vec<(String, String)>>,
    pub life_cycle: LifeCycle,
    spot: Option<(String, Timestamp)>,
    rebalance: Option<Timestamp>,
    maintenance: Vec<Maintenance>,
    target_state: Option<String>,
    sessions: Vec<(String, Timestamp)>,
}

/// A time as IMDS writes it: whole seconds.
pub(in crate::sandbox) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Instance {
    pub(in crate::sandbox) fn new(options: &Options) -> Self {
        Self {
            tags: options.tags.clone(),
            life_cycle: options.life_cycle,
            spot: None,
            rebalance: None,
            maintenance: Vec::new(),
            target_state: None,
            sessions: Vec::new(),
        }
    }

    pub(in crate::sandbox) fn has_session(&self, session: &str, now: Timestamp) -> bool {
        self.sessions.iter().any(|(known, until)| known == session && now < *until)
    }

    /// The notices among the metadata; `None`: there is none at this path.
    pub(in crate::sandbox) fn notice(&self, path: &str) -> Option<String> {
        match path {
            "spot/instance-action" => {
                let (action, at) = self.spot.as_ref()?;
                Some(json!({ "action": action, "time": seconds(*at) }).to_string())
            }
            "spot/termination-time" => {
                let (_, at) = self.spot.as_ref().filter(|(action, _)| action == "terminate")?;
                Some(seconds(*at))
            }
            "events/recommendations/rebalance" => {
                Some(json!({ "noticeTime": seconds(self.rebalance?) }).to_string())
            }
            "events/maintenance/scheduled" => {
                Some(Value::from_iter(self.maintenance.iter().map(Maintenance::json)).to_string())
            }
            "autoscaling/target-lifecycle-state" => self.target_state.clone(),
            _ => None,
        }
    }
}

impl World {
    /// A new IMDSv2 session.
    pub(in crate::sandbox) fn imds_session(
        &mut self,
        now: Timestamp,
        lifetime: Duration,
    ) -> String {
        let session = format!("{}==", ids::base64(&mut self.rng, "AQAE", 54));
        self.instance.sessions.retain(|(_, until)| now < *until);
        self.instance.sessions.push((session.clone(), later(now, lifetime)));
        session
    }
}

impl Sandbox {
    /// Gives, or takes back, a spot notice: `stop`, `terminate` or `hibernate`, and when.
    pub fn spot_notice(&self, notice: Option<(&str, Timestamp)>) {
        let notice = notice.map(|(action, at)| (action.to_owned(), at));
        self.with(|world, _| world.instance.spot = notice);
    }

    /// Gives, or takes back, a rebalance recommendation.
    pub fn rebalance_notice(&self, noticed: Option<Timestamp>) {
        self.with(|world, _| world.instance.rebalance = noticed);
    }

    /// The scheduled maintenance.
    pub fn set_maintenance(&self, events: Vec<Maintenance>) {
        self.with(|world, _| world.instance.maintenance = events);
    }

    /// The target life-cycle state in an Auto Scaling group, such as `Terminated`; `None`: in no
    /// group.
    pub fn set_target_state(&self, state: Option<&str>) {
        self.with(|world, _| world.instance.target_state = state.map(str::to_owned));
    }

    /// The instance's tags; `None`: tags in metadata are not allowed.
    pub fn set_tags(&self, tags: Option<Vec<(String, String)>>) {
        self.with(|world, _| world.instance.tags = tags);
    }

    /// Makes IMDS forget its sessions: their tokens get 401.
    pub fn forget_imds_sessions(&self) {
        self.with(|world, _| world.instance.sessions.clear());
    }
}
