"""A computer that the workflow started: its metadata service, the real agent on it, and what its
operating system does."""

import engine  # noqa: F401  (its folders)
from agent import Agent
from metadata import Metadata

import waiting
from stack import wait_for


class Desktop:
    """An instance of the engine, with the release program running on it."""

    binary = None

    def __init__(self, stack, execution, environment=None, logged_on=True, **settings):
        """Without `logged_on` no agent runs yet."""
        self.stack, self.execution, self.logged_on = stack, execution, logged_on
        self.id = execution.instance()["InstanceId"]
        self.metadata = Metadata(self.id, self.tags)
        settings = {f"DESKBEAT_{name.upper()}": str(value) for name, value in settings.items()}
        settings |= environment or {}
        # Several computers are one computer here.
        settings["DESKBEAT_ONE_PER_MACHINE"] = "false"
        # No queue is configured: the agent finds it by the instance's tag, or by its name.
        self.agent = Agent(self.binary, stack.engine.url, self.metadata.url, "", settings)

    def tags(self):
        mine = [{"Name": "resource-id", "Values": [self.id]}]
        return {tag["Key"]: tag["Value"] for tag in self.stack.ec2.describe_tags(Filters=mine)["Tags"]}

    def __enter__(self):
        self.agent.__enter__()
        if self.logged_on:
            self.agent.start()
        return self

    def __exit__(self, *error):
        self.agent.__exit__(*error)

    def active(self, beats=1):
        """Waits until the session lives and so many of its heartbeats were accepted."""
        wait_for("beats", lambda: self.agent.beats() >= beats)
        return self

    def beats_on(self):
        """Waits until three more heartbeats were accepted."""
        before = self.agent.beats()
        wait_for("more beats", lambda: self.agent.beats() >= before + 3)

    def say(self, *arguments, code=0):
        """`deskbeat` beside the agent, with the exit code that is expected."""
        done = self.agent.run(*arguments)
        waiting.check(done.returncode == code, f"{arguments}: {done.returncode} {done.stdout}{done.stderr}")
        return done

    def end(self):
        """The user ends the session, and the computer shuts itself down as after_end would have it."""
        self.say("end", "--yes")
        self.shut_down()

    def shut_down(self):
        """What EC2 does when the operating system went down: stop, or terminate."""
        asked = self.stack.ec2.describe_instance_attribute(
            InstanceId=self.id, Attribute="instanceInitiatedShutdownBehavior"
        )
        if asked["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate":
            self.stack.ec2.terminate_instances(InstanceIds=[self.id])
        else:
            self.stack.ec2.stop_instances(InstanceIds=[self.id])

    def wait_state(self, state):
        wait_for(f"state {state}", lambda: self.agent.status().get("state") == state)
