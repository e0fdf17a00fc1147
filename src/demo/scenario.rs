//! The scenarios: what happens when, and what must have come of it.

use std::io;
use std::time::Duration;

use super::stage::Stage;
use super::timeline::{Timeline, Who};
use super::tray::DemoTray;
use crate::agent::link::Link;
use crate::sandbox::{
    Extent, Fault, LifeCycle, Options, Rotation, Service, Task, TaskId, TaskSpec,
};
use crate::session::interface::time::later;
use crate::session::{AfterEnd, Request, Settings};

/// Real time that a scenario takes at its usual pace.
const LENGTH: f64 = 28.0;

/// A story for the demo.
#[derive(Debug)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// The state's TimeoutSeconds.
    timeout: Duration,
    /// Time that passes in all, about.
    pub(super) lasts: Duration,
    /// Keys that IMDS hands out live this long.
    key_lifetime: Duration,
    acts: &'static [(Duration, Act)],
    /// How the last task must end.
    pub(super) ending: Expected,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// AWS cannot be reached for so long.
    CutNetwork(Duration),
    /// The key in use is refused from now on; IMDS has a new one.
    ExpireKey,
    /// The agent is gone, and comes back so much later.
    Crash(Duration),
    /// Somebody stops the execution.
    StopExecution,
    /// EC2 announces an interruption.
    SpotNotice,
    /// The user asks for more time; the workflow loops.
    Extend,
    /// The user ends the session.
    End,
    /// For the reader.
    Say(&'static str),
}

/// How the last task must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// By our SendTaskSuccess, with this reason, before the after-end action.
    ClosedByUs(&'static str),
    /// By the execution's end; no close of ours.
    Elsewhere,
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

const HOURS_6_30: Duration = minutes(390);

/// Every scenario; the first is played if none is named.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "tour",
        about: "a working morning: keys rotate and expire, the network is cut once, the user ends it",
        timeout: minutes(480),
        lasts: minutes(200),
        key_lifetime: minutes(90),
        acts: &[
            (minutes(75), Act::ExpireKey),
            (minutes(110), Act::CutNetwork(minutes(3))),
            (minutes(185), Act::End),
        ],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "day",
        about: "eight hours with a new key each hour, past the point where a fixed key dies",
        timeout: minutes(600),
        lasts: minutes(490),
        key_lifetime: HOURS_6_30,
        acts: &[
            (minutes(395), Act::Say("here a program that read its key once is dead: 6 h 35 min")),
            (minutes(480), Act::End),
        ],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "long-day",
        about: "twenty-four hours with a new key each hour",
        timeout: minutes(1500),
        lasts: minutes(1450),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(1440), Act::End)],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "network-cut",
        about: "the network is gone for most of a heartbeat window",
        timeout: minutes(120),
        lasts: minutes(50),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(20), Act::CutNetwork(minutes(4))), (minutes(45), Act::End)],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "crash",
        about: "the agent is killed and resumes the same session from its journal",
        timeout: minutes(120),
        lasts: minutes(40),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(15), Act::Crash(minutes(2))), (minutes(35), Act::End)],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "ended-elsewhere",
        about: "an engineer stops the execution under a session that is alive",
        timeout: minutes(120),
        lasts: minutes(30),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(20), Act::StopExecution)],
        ending: Expected::Elsewhere,
    },
    Scenario {
        name: "time-up",
        about: "the session's time runs out: warnings, then an orderly close just before",
        timeout: minutes(70),
        lasts: minutes(72),
        key_lifetime: HOURS_6_30,
        acts: &[],
        ending: Expected::ClosedByUs("time-up"),
    },
    Scenario {
        name: "extend",
        about: "the user asks for more time: the workflow loops and the new token is taken over",
        timeout: minutes(40),
        lasts: minutes(60),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(30), Act::Extend), (minutes(55), Act::End)],
        ending: Expected::ClosedByUs("user"),
    },
    Scenario {
        name: "hands-on",
        about: "the session is yours: click the tray icon, ask for more time, end it",
        timeout: minutes(60),
        lasts: minutes(14),
        key_lifetime: HOURS_6_30,
        acts: &[],
        ending: Expected::ClosedByUs("user or time-up"),
    },
    Scenario {
        name: "spot",
        about: "EC2 takes the spot instance back; the user has two minutes",
        timeout: minutes(120),
        lasts: minutes(20),
        key_lifetime: HOURS_6_30,
        acts: &[(minutes(15), Act::SpotNotice), (minutes(16), Act::End)],
        ending: Expected::ClosedByUs("user"),
    },
];

/// The scenario called `name`.
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// Simulated seconds a second.
    pub(super) fn pace(&self) -> f64 {
        self.lasts.as_secs_f64() / LENGTH
    }

    pub(super) fn options(&self) -> Options {
        let spot = self.acts.iter().any(|(_, act)| matches!(act, Act::SpotNotice));
        Options {
            key_lifetime: self.key_lifetime,
            rotation: Rotation::Every(minutes(60)),
            life_cycle: if spot { LifeCycle::Spot } else { LifeCycle::OnDemand },
            ..Options::default()
        }
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            after_end: AfterEnd::Shutdown,
            extendable: true,
            local_user: Some("ana".into()),
            ..Settings::default()
        }
    }

    fn spec(&self) -> TaskSpec {
        TaskSpec {
            timeout: Some(self.timeout),
            session_id: Some("desk-42".into()),
            ..TaskSpec::default()
        }
    }

    /// How many of the network's cuts and key's deaths it holds.
    pub(super) fn troubles(&self) -> (usize, usize) {
        let count = |which: fn(&Act) -> bool| self.acts.iter().filter(|(_, a)| which(a)).count();
        (count(|act| matches!(act, Act::CutNetwork(_))), count(|act| matches!(act, Act::ExpireKey)))
    }

    /// Plays it to its end; the last task.
    pub(super) async fn play(
        &self,
        stage: &mut Stage,
        timeline: &Timeline,
        tray: Option<&DemoTray>,
    ) -> io::Result<TaskId> {
        let begin = stage.clock.now().mono;
        follow(stage.start_agent()?, timeline, tray);
        stage.clock.sleep(Duration::from_secs(20)).await;
        let mut task = stage.sandbox.start_task(self.spec());
        stage.sandbox.send_start(task, serde_json::json!({}));
        for (at, act) in self.acts {
            stage.clock.sleep_until(begin + *at).await;
            act.happen(self, stage, timeline, tray, &mut task).await?;
        }
        // Its own end, if nobody ended it.
        while extended(&stage.sandbox.over(task).await) {
            task = self.loop_for_more(stage, timeline);
        }
        Ok(task)
    }

    /// What a workflow does on outcome `extend`.
    fn loop_for_more(&self, stage: &Stage, timeline: &Timeline) -> TaskId {
        timeline.say(Who::Workflow, "loops on outcome \"extend\" and sends a new token");
        let task = stage.sandbox.start_task(self.spec());
        stage.sandbox.send_start(task, serde_json::json!({}));
        task
    }
}

impl Act {
    async fn happen(
        &self,
        scenario: &Scenario,
        stage: &mut Stage,
        timeline: &Timeline,
        tray: Option<&DemoTray>,
        task: &mut TaskId,
    ) -> io::Result<()> {
        match *self {
            Act::CutNetwork(lasts) => {
                timeline.say(Who::Trouble, "the network is cut: AWS cannot be reached");
                for service in [Service::Sfn, Service::Sqs] {
                    stage.sandbox.fault(service, Fault::Hang, Extent::For(lasts));
                }
                stage.clock.sleep(lasts).await;
                timeline.say(Who::Trouble, "the network is back");
            }
            Act::ExpireKey => {
                timeline.say(Who::Trouble, "the key in use is refused before its time");
                stage.sandbox.rotate();
                stage.sandbox.expire_old_keys();
            }
            Act::Crash(away) => {
                timeline.say(Who::Trouble, "the agent is killed");
                stage.crash();
                stage.clock.sleep(away).await;
                timeline.say(Who::Desktop, "the agent starts again, on its journal");
                follow(stage.start_agent()?, timeline, tray);
            }
            Act::StopExecution => {
                timeline.say(Who::Workflow, "an engineer stops the execution");
                stage.sandbox.abort(*task);
                // The agent hears of it with its next beat.
                stage.clock.sleep(minutes(2)).await;
            }
            Act::SpotNotice => {
                let at = later(stage.clock.now().wall, minutes(2));
                stage.sandbox.spot_notice(Some(("terminate", at)));
            }
            Act::Extend => {
                timeline.say(Who::User, "asks for more time");
                ask(stage, Request::Extend).await?;
                if extended(&stage.sandbox.over(*task).await) {
                    *task = scenario.loop_for_more(stage, timeline);
                }
            }
            Act::End => {
                timeline.say(Who::User, "clicks \"End session\"");
                ask(stage, Request::End { text: None }).await?;
            }
            Act::Say(text) => timeline.say(Who::Trouble, text),
        }
        Ok(())
    }
}

/// Shows this agent from now on.
fn follow(link: Link, timeline: &Timeline, tray: Option<&DemoTray>) {
    if let Some(tray) = tray {
        tray.follow(link.clone());
    }
    timeline.follow(link);
}

/// The user asked for more time, and the workflow offers it.
fn extended(task: &Task) -> bool {
    task.output().is_some_and(|output| output["outcome"] == "extend")
}

async fn ask(stage: &Stage, request: Request) -> io::Result<()> {
    let link = stage.link().ok_or_else(|| io::Error::other("no agent runs"))?;
    link.ask(request).await.map(|_reply| ()).map_err(io::Error::other)
}
