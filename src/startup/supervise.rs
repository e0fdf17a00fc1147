//! `deskbeat startup -- COMMAND…`: the script runs, the tokens are in custody, and what became of
//! the script decides what becomes of them.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use tokio::sync::oneshot;

use super::custody::ReportOutcome;
use super::driver::Carrier;
use super::fail::{NoReply, reply};
use super::place::{self, AgentHere, Ours, Taken, WaitingFront};
use super::script::{GRACE, Script, ScriptEnd, ScriptSignal, signals};
use crate::agent::link::FrontCall;
use crate::agent::until;
use crate::aws::imds::ImdsError;
use crate::clock::Clock;
use crate::config::Config;
use crate::os::terminal::remark;
use crate::session::interface::request::check_failure;
use crate::session::words::codes::Code;
use crate::session::{Mono, Refusal, Reply, Request};

/// The error that a workflow can catch.
pub(crate) const STARTUP_FAILED: &str = "Deskbeat.StartupFailed";
/// As timeout(1) has it.
const TIMED_OUT: i32 = 124;
/// As a shell has it: there, but not to be run; not there.
const CANNOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;

/// What to run, and for how long.
#[derive(Debug)]
pub(crate) struct Startup {
    pub(crate) command: Vec<OsString>,
    /// `None`: as long as it takes.
    pub(crate) timeout: Option<Duration>,
    /// How long a token may let us wait, once the script has failed.
    pub(crate) wait: Duration,
}

/// The script while it runs.
struct Run {
    script: Script,
    clock: Clock,
    started: Mono,
    time_up: Option<Mono>,
    kill_at: Option<Mono>,
    timed_out: bool,
    /// We were told to end.
    told: Option<ScriptSignal>,
}

/// Why the script is not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartupError {
    /// Nobody could tell us to end.
    #[error("{0}")]
    Signals(#[source] io::Error),
    /// Nobody could be called.
    #[error(transparent)]
    Imds(#[from] ImdsError),
}

/// Runs it; the exit code to end with.
pub(crate) async fn run(config: &Config, startup: Startup) -> Result<i32, StartupError> {
    // Before anything else: a signal from now on finds somebody who listens.
    let mut next_signal = signals().map_err(StartupError::Signals)?;
    let clock = Clock::system();
    let place = place::take(config);
    let started = clock.now().mono;
    let run = Script::start(&startup.command).map(|script| Run {
        script,
        clock: clock.clone(),
        started,
        time_up: startup.timeout.map(|timeout| started + timeout),
        kill_at: None,
        timed_out: false,
        told: None,
    });
    match place {
        Taken::Ours(ours) => {
            let Ours { store, mut front, claim } = *ours;
            if let Some(front) = &mut front {
                front.open(&clock);
            }
            let driver = Carrier::new(config, clock, store)?;
            let code = in_custody(driver, &mut front, run, &mut next_signal, startup.wait).await;
            drop(claim);
            Ok(code)
        }
        Taken::Agent(holder) => Ok(beside_an_agent(config, &holder, run, &mut next_signal).await),
    }
}

/// No agent has the computer: the tokens are ours to keep.
async fn in_custody(
    mut driver: Carrier,
    front: &mut Option<WaitingFront>,
    run: io::Result<Run>,
    next_signal: &mut impl AsyncFnMut() -> ScriptSignal,
    wait: Duration,
) -> i32 {
    let mut asker: Option<oneshot::Sender<Reply>> = None;
    let mut accepted = false;
    let (code, cause) = match run {
        Err(error) => {
            let (code, cause) = not_started(&error);
            (code, Some(cause))
        }
        Ok(mut run) => {
            let ending = loop {
                tokio::select! {
                    ending = run.ended(next_signal) => break ending,
                    outcome = driver.next() => {
                        accepted |= matches!(outcome, ReportOutcome::Accepted { .. });
                        answer(&mut asker, outcome, &driver, wait);
                    }
                    call = place::next_call(front) => asked(call, &mut driver, &mut asker, wait),
                }
            };
            (run.code(ending), run.cause(ending))
        }
    };
    if let Some(cause) = cause {
        let reporting = async {
            // What the script itself reported comes first.
            if asker.is_some() {
                let outcome = outcome_of(&mut driver, front).await;
                accepted |= matches!(outcome, ReportOutcome::Accepted { .. });
                answer(&mut asker, outcome, &driver, wait);
            }
            if !accepted || driver.holds_a_token() {
                driver.report(STARTUP_FAILED.into(), cause, wait);
                let outcome = outcome_of(&mut driver, front).await;
                say(reply(outcome, driver.problem(), wait));
            }
        };
        unless_told_to_end(next_signal, reporting).await;
    }
    driver.leave().await;
    code
}

/// What comes of a report; whoever looks meanwhile is answered.
async fn outcome_of(driver: &mut Carrier, front: &mut Option<WaitingFront>) -> ReportOutcome {
    loop {
        tokio::select! {
            outcome = driver.next() => return outcome,
            call = place::next_call(front) => WaitingFront::decline(call),
        }
    }
}

/// Reports, as long as nobody tells us to end: a service that hangs must not hold up a shutdown.
async fn unless_told_to_end(
    next_signal: &mut impl AsyncFnMut() -> ScriptSignal,
    reporting: impl Future<Output = ()>,
) {
    tokio::select! {
        () = reporting => {}
        () = async { while !next_signal().await.is_end() {} } => {
            remark("deskbeat: told to end before the failure was reported");
        }
    }
}

/// An agent has the computer, and its tokens: it hears of a failure.
async fn beside_an_agent(
    config: &Config,
    holder: &AgentHere,
    run: io::Result<Run>,
    next_signal: &mut impl AsyncFnMut() -> ScriptSignal,
) -> i32 {
    let (code, cause) = match run {
        Err(error) => {
            let (code, cause) = not_started(&error);
            (code, Some(cause))
        }
        Ok(mut run) => {
            let ending = run.ended(next_signal).await;
            (run.code(ending), run.cause(ending))
        }
    };
    let Some(cause) = cause else { return code };
    let reporting = async {
        match place::reach(config, holder).await {
            Ok(mut agent) => {
                let request = Request::Fail { error: STARTUP_FAILED.into(), cause };
                say(agent.ask(request).await.map_err(NoReply::Call));
            }
            Err(error) => say(Err(NoReply::NoAgent(error))),
        }
    };
    unless_told_to_end(next_signal, reporting).await;
    code
}

impl Run {
    /// Waits for its end; passes signals on, and ends it when its time is up. May be dropped and
    /// called again.
    async fn ended(&mut self, next_signal: &mut impl AsyncFnMut() -> ScriptSignal) -> ScriptEnd {
        loop {
            let due = self.kill_at.or(self.time_up);
            tokio::select! {
                ending = self.script.ended() => return ending,
                told = next_signal() => {
                    self.script.tell(told);
                    if told.is_end() && self.told.is_none() {
                        self.told = Some(told);
                        self.kill_at = Some(self.clock.now().mono + GRACE);
                    }
                }
                () = until(&self.clock, due) => match self.kill_at.take() {
                    Some(_) => self.script.kill(),
                    None => {
                        self.time_up = None;
                        self.timed_out = true;
                        self.script.tell(ScriptSignal::END);
                        self.kill_at = Some(self.clock.now().mono + GRACE);
                    }
                },
            }
        }
    }

    fn code(&self, ending: ScriptEnd) -> i32 {
        if self.timed_out { TIMED_OUT } else { ending.code() }
    }

    /// What to report; `None` where there is nothing: it succeeded, or was ended with us.
    fn cause(&self, ending: ScriptEnd) -> Option<String> {
        if self.told.is_some() || ending.is_success() && !self.timed_out {
            return None;
        }
        let lasted = self.started.until(self.clock.now().mono).as_secs();
        let how = match ending {
            _ if self.timed_out => format!("did not end within its {lasted} s and was stopped"),
            ScriptEnd::Code(code) => format!("ended with exit code {code} after {lasted} s"),
            ScriptEnd::Signal(signal) => format!("was killed by signal {signal} after {lasted} s"),
            ScriptEnd::Unknown => format!("ended after {lasted} s, and how cannot be told"),
        };
        let lines = self.script.last_lines();
        Some(match lines.as_str() {
            "" => format!("The start-up script {how}. It said nothing."),
            lines => format!("The start-up script {how}. Its last lines:\n{lines}"),
        })
    }
}

fn not_started(error: &io::Error) -> (i32, String) {
    let code = match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => CANNOT_RUN,
    };
    remark(&format!("deskbeat: the start-up script cannot be started: {error}"));
    (code, format!("The start-up script could not be started: {error}."))
}

/// A call from within the script, or from somebody who looks.
fn asked(
    call: FrontCall,
    driver: &mut Carrier,
    asker: &mut Option<oneshot::Sender<Reply>>,
    wait: Duration,
) {
    let (error, cause, answer) = match call {
        FrontCall::Ask(Request::Fail { error, cause }, answer) => (error, cause, answer),
        call => return WaitingFront::decline(call),
    };
    let refusal = match check_failure(&error, &cause) {
        Err(error) => Some((Refusal::BadRequest, error.to_string())),
        Ok(()) if asker.is_some() => {
            Some((Refusal::TooLate, "Another failure is being reported already.".into()))
        }
        Ok(()) => None,
    };
    if let Some((why, sentence)) = refusal {
        // Whoever asked may have gone.
        let _asker_gone = answer.send(Reply::Refused { sentence: sentence.into(), why });
        return;
    }
    *asker = Some(answer);
    driver.report(error, cause, wait);
}

fn answer(
    asker: &mut Option<oneshot::Sender<Reply>>,
    outcome: ReportOutcome,
    driver: &Carrier,
    wait: Duration,
) {
    let reply = reply(outcome, driver.problem(), wait).unwrap_or_else(|error| Reply::Refused {
        sentence: error.to_string().into(),
        why: Refusal::Stopped,
    });
    if let Some(asker) = asker.take() {
        let _asker_gone = asker.send(reply);
    }
}

fn say(reply: Result<Reply, NoReply>) {
    match reply {
        Ok(Reply::Done { sentence, request_id }) => {
            let id = request_id.as_deref().unwrap_or("unknown");
            remark(&format!("deskbeat: {sentence} (request {id})"));
        }
        Ok(Reply::Refused { sentence, .. }) => remark(&format!("deskbeat: {sentence}")),
        Err(error) => {
            tracing::error!(code = Code::StartupFailed.id(), "{error}");
            remark(&format!("deskbeat: {error}"));
        }
    }
}
