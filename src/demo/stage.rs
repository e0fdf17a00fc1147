//! A computer on the embedded AWS, with a real agent on it that can crash and come back.
//! The demo plays its scenarios on it, the tests their stories.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::agent::after_end::{Power, PowerError};
use crate::agent::link::{AgentEnd, Link};
use crate::agent::{Agent, Parts};
use crate::aws::surroundings::Surroundings;
use crate::aws::{Access, CredentialSource, QueueChoice};
use crate::clock::Clock;
use crate::sandbox::{Options, Sandbox};
use crate::session::{AfterEnd, Settings};
use crate::store::Store;

/// When every story begins.
const MORNING: Timestamp = Timestamp::constant(1_795_510_800, 0);

/// The computer, and the AWS round it. Needs a `LocalSet`.
#[derive(Debug)]
pub struct Stage {
    /// The clock that everything on the stage runs on.
    pub clock: Clock,
    /// The embedded AWS.
    pub sandbox: Sandbox,
    /// How far this computer's time of day is off; a change holds from the next start on.
    pub clock_error: SignedDuration,
    /// How the agent is configured; a change holds from the next start on.
    pub settings: Settings,
    /// Where the agent looks for AWS; a change holds from the next start on.
    pub access: Access,
    folder: PathBuf,
    power: Arc<Marked>,
    agent: Option<(AbortHandle, Link)>,
    starts: u64,
}

/// Does nothing but mark the after-end action in the sandbox's log.
#[derive(Debug)]
struct Marked {
    marks: mpsc::UnboundedSender<AfterEnd>,
    refusal: Mutex<Option<String>>,
}

impl Power for Marked {
    fn carry_out(&self, action: AfterEnd) -> Result<(), PowerError> {
        if let Some(refusal) = &*self.refusal.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(PowerError::Refused(refusal.clone()));
        }
        self.marks.send(action).map_err(|_| PowerError::Refused("the stage is gone".into()))
    }
}

/// The mark that an after-end action leaves in the sandbox's log.
pub fn mark_of(action: AfterEnd) -> String {
    format!("after-end: {action:?}")
}

impl Stage {
    /// A stage at nine in the morning, without an agent. `pace` as in [`Clock::simulated`].
    pub async fn new(options: Options, settings: Settings, pace: Option<f64>) -> io::Result<Self> {
        let (clock, driver) = Clock::simulated(MORNING, pace);
        let seed = options.seed;
        let sandbox = Sandbox::start(clock.clone(), options).await?;
        tokio::task::spawn_local(driver.run());
        let (marked, mut marks) = mpsc::unbounded_channel();
        let log = sandbox.clone();
        tokio::task::spawn_local(async move {
            while let Some(action) = marks.recv().await {
                log.mark(mark_of(action));
            }
        });
        let name = format!("deskbeat-stage-{}-{:x}", std::process::id(), fastrand::u64(..));
        let access = Access {
            region: None,
            instance_id: None,
            sfn_endpoint: Some(sandbox.sfn_url()),
            sqs_endpoint: Some(sandbox.sqs_url()),
            imds_endpoint: sandbox.imds_url(),
            credentials: CredentialSource::Imds,
            queue: QueueChoice::Discover {
                tag: "deskbeat:queue-url".into(),
                name_template: "deskbeat-{instance_id}".into(),
            },
            // The stage is the same whatever the computer that it stands on has set.
            surroundings: Surroundings::default(),
        };
        Ok(Self {
            clock,
            sandbox,
            clock_error: SignedDuration::ZERO,
            settings,
            access,
            folder: std::env::temp_dir().join(name),
            power: Arc::new(Marked { marks: marked, refusal: Mutex::default() }),
            agent: None,
            starts: seed,
        })
    }

    /// The agent's state folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on the system refuses the after-end action with these words; `None`: it obeys.
    pub fn refuse_power(&self, words: Option<&str>) {
        let mut refusal = self.power.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        *refusal = words.map(str::to_owned);
    }

    /// Starts the agent on what its journal holds.
    pub fn start_agent(&mut self) -> io::Result<Link> {
        self.crash();
        let (store, opened) = Store::open(&self.folder).map_err(io::Error::other)?;
        let (desk, link) = AgentEnd::new();
        self.starts += 1;
        let agent = Agent::new(Parts {
            clock: self.clock.wrong_by(self.clock_error),
            settings: self.settings.clone(),
            access: self.access.clone(),
            store,
            record: opened.record,
            desk,
            power: self.power.clone(),
            seed: self.starts,
        });
        let agent = agent.map_err(io::Error::other)?;
        let running = tokio::task::spawn_local(agent.run());
        self.agent = Some((running.abort_handle(), link.clone()));
        Ok(link)
    }

    /// The agent's front, while one runs.
    pub fn link(&self) -> Option<&Link> {
        self.agent.as_ref().map(|(_, link)| link)
    }

    /// The agent is gone from one moment to the next.
    pub fn crash(&mut self) {
        if let Some((running, _)) = self.agent.take() {
            running.abort();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.crash();
        // A temporary folder that cannot be removed is the system's to clean.
        let _left_behind = std::fs::remove_dir_all(&self.folder);
    }
}
