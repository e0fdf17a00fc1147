//! What a sandbox is started with. The knobs to turn while it runs are methods of `Sandbox`, each
//! beside the thing that it changes.

use std::time::Duration;

/// How the instance was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifeCycle {
    /// On demand.
    OnDemand,
    /// Spot: it may be taken back on two minutes' notice.
    Spot,
}

/// When IMDS gets new keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Every so often, on the clock.
    Every(Duration),
    /// When [`Sandbox::rotate`](super::Sandbox::rotate) is called; keys may expire before.
    Manual,
}

/// What the sandbox is started with; the default is an on-demand instance with a standard queue of
/// its own, and keys as EC2 hands them out.
#[derive(Clone, Debug)]
pub struct Options {
    /// Keys, tokens and ids are made from it: one seed, one history.
    pub seed: u64,
    /// The region; a signature for another one is refused.
    pub region: String,
    /// The account.
    pub account_id: String,
    /// The instance that IMDS speaks for.
    pub instance_id: String,
    /// The instance's role.
    pub role: String,
    /// The instance's tags, readable through IMDS; `None`: tags in metadata are not allowed.
    pub tags: Option<Vec<(String, String)>>,
    /// How the instance was bought.
    pub life_cycle: LifeCycle,
    /// The queue's name; `None`: `deskbeat-{instance_id}`, with `.fifo` if it is one.
    pub queue_name: Option<String>,
    /// A FIFO queue.
    pub fifo: bool,
    /// How long a received message stays invisible. Default: 30 s, as SQS.
    pub visibility: Duration,
    /// Receives after which a message goes to the dead-letter list; `None`: never.
    pub max_receives: Option<u32>,
    /// How long a key is valid. Default: 6 h 30 min, as observed on EC2.
    pub key_lifetime: Duration,
    /// When IMDS gets new keys. Default: every hour, as observed on EC2.
    pub rotation: Rotation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            region: "eu-west-1".into(),
            account_id: "123456789012".into(),
            instance_id: "i-0123456789abcdef0".into(),
            role: "desktop-role".into(),
            tags: Some(Vec::new()),
            life_cycle: LifeCycle::OnDemand,
            queue_name: None,
            fifo: false,
            visibility: Duration::from_secs(30),
            max_receives: None,
            key_lifetime: Duration::from_secs(6 * 3600 + 30 * 60),
            rotation: Rotation::Every(Duration::from_secs(3600)),
        }
    }
}

impl Options {
    /// The queue's name.
    pub fn queue_name(&self) -> String {
        let suffix = if self.fifo { ".fifo" } else { "" };
        match &self.queue_name {
            Some(name) => name.clone(),
            None => format!("deskbeat-{}{suffix}", self.instance_id),
        }
    }
}
