// The files of cloud/ on a second interpreter, aws-local-stepfunctions, which tells a missed heartbeat
// from a time that is over and runs no step of moto's. What Task states call is said here, by state.
//
//   node second.mjs CLOUD_FOLDER

import { readFileSync } from "node:fs";
import { StateMachine } from "aws-local-stepfunctions";

const folder = process.argv[2];
const VALUES = {
  Partition: "aws", Region: "eu-west-1", Account: "123456789012", Stack: "desks", Desktops: "desks",
  LaunchTemplateId: "lt-1", LaunchTemplateVersion: "$Latest", NewInstances: "terminate",
  ExistingInstances: "stop", InstanceId: "i-1", HeartbeatSeconds: "2", SessionSeconds: "4",
  ReadySeconds: "3", Extensions: "2", ShutdownSeconds: "1", PollSeconds: "1", OffRounds: "30",
};

function machine(name) {
  const text = readFileSync(`${folder}/${name}.asl.json`, "utf8");
  const definition = JSON.parse(text.replace(/\$\{(\w+)\}/g, (_, key) => VALUES[key]));
  for (const state of Object.values(definition.States)) {
    // Two gaps of this interpreter: it looks for TimeoutSecondsPath in what Parameters made, and knows
    // no intrinsic function in CausePath.
    if (state.TimeoutSecondsPath) {
      state.TimeoutSeconds = Number(VALUES[state.TimeoutSecondsPath === "$.readySeconds" ? "ReadySeconds" : "SessionSeconds"]);
      delete state.TimeoutSecondsPath;
      delete state.HeartbeatSecondsPath;
    }
    if (state.CausePath?.startsWith("States.")) {
      state.Cause = state.CausePath;
      delete state.CausePath;
    }
  }
  return definition;
}
// A handler that fails while its timer runs is reported twice by it.
process.on("unhandledRejection", () => {});

function failure(name, message) {
  return Object.assign(new Error(message ?? name), { name });
}
const fail = (name, message) => () => { throw failure(name, message); };
const never = () => new Promise(() => {});

// A cloud in which all goes well; a case says what is otherwise.
function wellBehaved() {
  let on = 1;
  const off = () => { on = 0; return {}; };
  return {
    Claim: () => ({}), IsItOurs: () => ({ Reservations: [{}] }), TagInstance: () => ({}),
    MakeQueue: () => ({ QueueUrl: "https://sqs/q" }), TagQueue: () => ({}), GiveQueue: () => ({}),
    Launch: () => ({ Instances: [{ InstanceId: "i-1" }] }), Start: () => ({}), RecordInstance: () => ({}),
    AwaitReady: () => ({ outcome: "ready" }), Session: () => ({ outcome: "ended", reason: "user" }),
    MarkEnding: () => ({}), Terminate: off, Stop: off, ForceStop: off,
    Look: () => ({ Reservations: on ? [{ Instances: [{ InstanceId: "i-1" }] }] : [] }),
    FindQueue: () => ({ QueueUrl: "https://sqs/q" }), DropQueue: () => ({}), Release: () => ({}),
    CountEnding: () => ({}), MarkStaysOn: () => ({}), CountStaysOn: () => ({}),
  };
}

function eachTime(...answers) {
  let index = 0;
  return (input) => answers[Math.min(index++, answers.length - 1)](input);
}
const give = (value) => () => value;

const CASES = {
  "the user ends": [{}, "Ended"],
  "a missed heartbeat is HostDied": [{ Session: fail("States.HeartbeatTimeout") }, "Deskbeat.HostDied"],
  "States.Timeout is TimeOver": [{ Session: fail("States.Timeout") }, "Deskbeat.TimeOver"],
  "TimeoutSeconds is honoured, and is TimeOver": [{ Session: never }, "Deskbeat.TimeOver"],
  "nobody is ready in time": [{ AwaitReady: never }, "Deskbeat.NeverStarted"],
  "a start-up script fails": [{ AwaitReady: fail("Deskbeat.StartupFailed", "exit code 3") }, "Deskbeat.StartupFailed"],
  "a service is down": [{ Session: fail("Deskbeat.Unhealthy", "dcv") }, "Deskbeat.Unhealthy"],
  "an error of the image's own": [{ Session: fail("Licence.Missing", "no seat") }, "Licence.Missing"],
  "extended twice": [{ Session: eachTime(give({ outcome: "extend" }), give({ outcome: "extend" }), give({ outcome: "ended" })) }, "Ended"],
  "extended for ever": [{ Session: give({ outcome: "extend" }) }, "TimeOver"],
  "an empty answer": [{ Session: give({}) }, "Ended"],
  "the claim is another's": [{ Claim: fail("DynamoDB.ConditionalCheckFailedException") }, "Deskbeat.Busy"],
  "the claim was lost": [{ MarkEnding: fail("DynamoDB.ConditionalCheckFailedException") }, "Deskbeat.LostClaim"],
  "SQS is out while extending, under a name nobody listed": [{ Session: eachTime(give({ outcome: "extend" }), fail("SQS.SomethingNew"), fail("SQS.SomethingNew"), give({ outcome: "ended" })) }, "Ended"],
  "a hiccup of everything": [Object.fromEntries(Object.entries(wellBehaved()).filter(([name]) => !["AwaitReady", "Session"].includes(name)).map(([name]) => [name, "hiccup"])), "Ended"],
  "it cannot be turned off": [{ Terminate: fail("Ec2.Ec2Exception"), Stop: fail("Ec2.Ec2Exception"), ForceStop: fail("Ec2.Ec2Exception") }, "Deskbeat.StaysOn"],
  "EC2 never answers a look": [{ Look: fail("Ec2.Ec2Exception") }, "Deskbeat.StaysOn"],
  "the queue is gone already": [{ FindQueue: fail("Sqs.QueueDoesNotExistException") }, "Ended"],
};

async function play(name, changes, wanted) {
  const definition = machine(name);
  const states = definition.States;
  const handlers = wellBehaved();
  for (const [state, change] of Object.entries(changes)) {
    const well = handlers[state];
    handlers[state] = change === "hiccup" ? eachTime(fail("Some.TransientException"), well) : change;
  }
  const overrides = { taskResourceLocalHandlers: {}, waitTimeOverrides: {}, retryIntervalOverrides: {} };
  for (const [state, what] of Object.entries(states)) {
    if (what.Type === "Task") {
      overrides.taskResourceLocalHandlers[state] = async (input) => handlers[state](input);
      overrides.retryIntervalOverrides[state] = 1;
    }
    if (what.Type === "Wait") overrides.waitTimeOverrides[state] = 1;
  }
  const Execution = { Id: "arn:aws:states:eu-west-1:123456789012:execution:desks:e", Name: "e", Input: { user: "ana" }, StartTime: new Date().toISOString() };
  const context = { Execution, State: { EnteredTime: new Date().toISOString() }, Task: { Token: "token" }, StateMachine: { Id: "arn", Name: name } };
  let found, trouble;
  try {
    const output = await new StateMachine(definition).run({ user: "ana" }, { overrides, context }).result;
    found = output.ending;
  } catch (error) {
    trouble = error;
    found = error.cause?.name ?? `${error.name}: ${error.message}`;
  }
  const ok = found === wanted;
  if (!ok) console.log(`FAILED ${name}: ${found}, not ${wanted}`, found.startsWith("States.") ? trouble : "");
  return ok;
}

let passed = 0, failed = 0;
for (const name of ["session", "existing"]) {
  for (const [title, [changes, wanted]] of Object.entries(CASES)) {
    if (await play(name, { ...changes }, wanted)) passed += 1;
    else { failed += 1; console.log(`       in "${title}"`); }
  }
}
console.log(`the second interpreter: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
