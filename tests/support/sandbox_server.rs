//! The sandbox as a server, for tests that drive the real program from outside:
//! `cargo run --example sandbox_server [-- --spot]`; with `--spot` it is a spot instance
//!
//! The first line says where the services are, as one JSON object; every further one is an entry of
//! the sandbox's log (`at`, `what`) as it happens. Commands are lines on standard input; `help`
//! lists them. It ends with its standard input. It runs on the system's clock and shuts nothing down.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use deskbeat::clock::Clock;
use deskbeat::sandbox::{
    Extent, Fault, LifeCycle, Options, Sandbox, Service, TaskId, TaskSpec, TaskState,
};

const HELP: &str = "start [HEARTBEAT-SECONDS [TIMEOUT-SECONDS]] [JSON]: a task, and its message in \
    the queue, with these fields too; send JSON: a message in the queue, as it is; abort: the last \
    task's execution is stopped; spot SECONDS: the instance is taken back so soon; latency MS: \
    every answer of Step Functions takes so long; hang: Step Functions does not answer; refuse \
    CODE: it answers with this error; refuse-queue CODE: SQS answers with this error; clear: no fault any more; mark TEXT: a line in the log; \
    outputs: what the closed tasks were told";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served =
        runtime.and_then(|runtime| tokio::task::LocalSet::new().block_on(&runtime, serve()));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox_server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> io::Result<()> {
    let mut options = Options::default();
    // Only there do programs look for spot notices.
    if std::env::args().any(|argument| argument == "--spot") {
        options.life_cycle = LifeCycle::Spot;
    }
    let sandbox = Sandbox::start(Clock::system(), options).await?;
    let mut log = sandbox.subscribe();
    say(&json!({
        "imds": sandbox.imds_url(),
        "sqs": sandbox.sqs_url(),
        "sfn": sandbox.sfn_url(),
        "queue": sandbox.queue_url(),
    }))?;
    let (heard, mut commands) = mpsc::unbounded_channel();
    // Standard input can only be waited for by a thread of its own.
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if heard.send(line).is_err() {
                return;
            }
        }
    });
    let mut tasks = Vec::new();
    loop {
        tokio::select! {
            entry = log.next() => {
                say(&json!({ "at": entry.at.to_string(), "what": entry.what.to_string() }))?;
            }
            command = commands.recv() => match command {
                Some(command) => obey(&sandbox, &mut tasks, command.trim())?,
                None => return Ok(()),
            },
        }
    }
}

fn obey(sandbox: &Sandbox, tasks: &mut Vec<TaskId>, command: &str) -> io::Result<()> {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let (words, extra) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
    let mut numbers = words.split_whitespace().map_while(|word| word.parse::<u64>().ok());
    match verb {
        "start" => {
            let mut spec = TaskSpec::default();
            spec.heartbeat = numbers.next().map(Duration::from_secs).or(spec.heartbeat);
            spec.timeout = numbers.next().map(Duration::from_secs).or(spec.timeout);
            let task = sandbox.start_task(spec);
            sandbox.send_start(task, serde_json::from_str(extra).unwrap_or(Value::Null));
            tasks.push(task);
        }
        "abort" => tasks.iter().last().map_or((), |task| sandbox.abort(*task)),
        "spot" => {
            let at = Timestamp::now() + Duration::from_secs(numbers.next().unwrap_or(120));
            sandbox.spot_notice(Some(("terminate", at)));
        }
        "send" => drop(sandbox.send(rest)),
        "latency" => {
            let by = Duration::from_millis(numbers.next().unwrap_or(300));
            sandbox.fault(Service::Sfn, Fault::Latency(by), Extent::UntilCleared);
        }
        "hang" => drop(sandbox.fault(Service::Sfn, Fault::Hang, Extent::UntilCleared)),
        "refuse" => {
            // As long as the process: the sandbox wants a name that it never forgets.
            let code: &'static str = String::from(rest).leak();
            sandbox.fault(Service::Sfn, Fault::error(code), Extent::UntilCleared);
        }
        "refuse-queue" => {
            let code: &'static str = String::from(rest).leak();
            sandbox.fault(Service::Sqs, Fault::error(code), Extent::UntilCleared);
        }
        "clear" => sandbox.clear_all(),
        "mark" => sandbox.mark(rest),
        "outputs" => say(&json!({ "outputs": outputs(sandbox, tasks) }))?,
        _ => eprintln!("sandbox_server: {HELP}"),
    }
    Ok(())
}

fn outputs(sandbox: &Sandbox, tasks: &[TaskId]) -> Vec<Value> {
    tasks
        .iter()
        .map(|task| match sandbox.task(*task).state {
            TaskState::Succeeded { output, .. } => {
                serde_json::from_str(&output).unwrap_or(Value::String(output))
            }
            TaskState::Failed { error, cause, .. } => json!({ "error": error, "cause": cause }),
            TaskState::Waiting
            | TaskState::HeartbeatTimedOut { .. }
            | TaskState::TimedOut { .. }
            | TaskState::Aborted { .. } => Value::Null,
        })
        .collect()
}

fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
