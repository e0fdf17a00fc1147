"""The whole program on a real machine: systemd, logind, lightdm and XFCE in an emulator.

    python3 tests/machine/run.py IMAGE PACKAGE SANDBOX_SERVER [STEP]

IMAGE is the folder that tests/machine/image fills, PACKAGE the .deb. One line for each thing that a
user, an administrator or a bug does, with the time from the act to the accepted close. With STEP it
goes from the first logon to that step at once.
"""

import json
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from machine import PATIENCE, QUEUE, Machine
from sandbox import Sandbox
from waiting import Failed, check, wait_for

# 10 s on a real processor; starting a program takes an emulated one several times as long.
BACK_WITHIN = 30
# Longer than the pause between two beats, shorter than the window.
ASLEEP = 75
AWAKE_WITHIN = 15
DENY = """polkit.addRule(function(action) {
    if (action.id.indexOf("org.freedesktop.login1.power-off") === 0) { return polkit.Result.NO; }
});
"""


class Story:
    """One machine from its first boot on, and what happens to it."""

    def __init__(self, machine, sandbox):
        self.machine, self.sandbox = machine, sandbox
        self.here = 0

    # --- What is done ----------------------------------------------------------------------------

    def install(self, package):
        self.machine.send(package, "/root/deskbeat.deb")
        self.machine.run("DEBIAN_FRONTEND=noninteractive dpkg -i /root/deskbeat.deb")
        self.machine.write("/etc/deskbeat/config.toml", f'queue_url = "{QUEUE}"\nlog_level = "debug"\n')

    def autologin(self, user):
        self.machine.run(
            f"sed -i 's/^autologin-user=.*/autologin-user={user}/' /etc/lightdm/lightdm.conf.d/machine.conf"
        )

    def log_on_at_the_greeter(self, user):
        """As a person does: name, password."""
        greeter = "env DISPLAY=:0 XAUTHORITY=/run/lightdm/root/:0"
        self.machine.run("systemctl is-active lightdm")
        wait_for(
            "the greeter", patience=PATIENCE, pause=2,
            found=lambda: self.machine.try_run(f"{greeter} xdotool search --onlyvisible --name lightdm-gtk-greeter"),
        )
        for text in (user, user):
            self.machine.run(f"{greeter} xdotool type {text}")
            self.machine.run(f"{greeter} xdotool key Return")
            time.sleep(3)

    def session(self, user="anna"):
        """A task for whoever is logged on: its agent beats. The moment of its first beat."""
        wait_for("the agent", patience=PATIENCE, pause=1, found=lambda: self.agent(user))
        self.sandbox.do("start 120")
        return self.beat()

    def agent(self, user):
        return self.machine.try_run(f"pgrep -u {user} -x deskbeat")

    def beat(self):
        at, moment = self.sandbox_said("beat accepted")
        self.here = at
        return moment

    def sandbox_said(self, text):
        index, line = self.sandbox.log.wait(text, since=self.here, patience=PATIENCE)
        return index + 1, when(line)

    # --- What is seen ----------------------------------------------------------------------------

    def closed(self, since, reason):
        """Seconds from the act to the accepted close."""
        self.here, moment = self.sandbox_said("close accepted")
        told = self.sandbox.outputs()[-1]
        check(told["reason"] == reason, f"told {told}")
        return moment - since

    def gone(self, user):
        """Seconds until no agent of this user is left."""
        since = time.time()
        wait_for("the agent's end", patience=60, pause=0.5, found=lambda: not self.agent(user))
        return time.time() - since

    def no_window(self, user):
        told = self.machine.run(self.machine.as_user(user, "xdotool search --onlyvisible --name Deskbeat || true"))
        check(not told, f"a window greets the user: {told}")


def when(line):
    from sandbox import seconds

    return seconds(json.loads(line)["at"])


def log_off(machine, user="anna"):
    return machine.act(machine.as_user(user, "xfce4-session-logout --logout --fast"))


# --- The steps, in their order -----------------------------------------------------------------------


def the_first_logon(story):
    story.machine.act("systemctl restart lightdm")
    story.session()
    story.no_window("anna")
    unit = story.machine.run(story.machine.as_user("anna", "systemctl --user is-active deskbeat"))
    return f"the user's unit is {unit}"


def a_crash(story):
    at = story.machine.act("pkill -9 -x deskbeat")
    moment = story.beat()
    check(moment - at < BACK_WITHIN, f"it beat again after {moment - at:.1f} s")
    return f"beats again {moment - at:.1f} s after kill -9"


def a_sleep(story):
    wakes = story.machine.sleep(ASLEEP)
    # One may be on its way.
    time.sleep(5)
    story.here = story.sandbox.log.here()
    moment = story.beat()
    slept = story.machine.run("cat /sys/power/suspend_stats/success")
    check(slept == "1" and moment > wakes - 5, f"it slept {slept} times, and beat {moment - wakes:.1f} s after its end")
    check(moment - wakes < AWAKE_WITHIN, f"it beat {moment - wakes:.1f} s after it woke")
    return f"asleep for {ASLEEP} s; beats {moment - wakes:.1f} s after it woke"


def a_logoff(story):
    took = story.closed(log_off(story.machine), "logoff")
    left = story.gone("anna")
    return f"closed after {took:.1f} s, its process gone {left:.1f} s later"


def the_same_user_logs_on_again(story):
    story.log_on_at_the_greeter("anna")
    story.session()
    story.no_window("anna")
    return "beats"


def another_user_logs_on(story):
    took = story.closed(log_off(story.machine), "logoff")
    story.autologin("ben")
    story.machine.act("systemctl restart lightdm")
    story.session("ben")
    check(not story.agent("anna"), "the former user's agent is still there")
    ends = story.closed(log_off(story.machine, "ben"), "logoff")
    story.autologin("anna")
    story.machine.act("systemctl restart lightdm")
    story.session()
    return f"closed after {took:.1f} s; the other's after {ends:.1f} s"


def the_display_manager_restarts(story):
    took = story.closed(story.machine.act("systemctl restart lightdm"), "logoff")
    story.session()
    return f"closed after {took:.1f} s, the next logon beats"


def an_administrator_ends_the_user(story):
    took = story.closed(story.machine.act("loginctl terminate-user anna"), "logoff")
    story.gone("anna")
    story.machine.act("systemctl restart lightdm")
    story.session()
    return f"closed after {took:.1f} s"


def a_reboot_from_the_menu(story):
    boot = story.machine.run("cat /proc/sys/kernel/random/boot_id")
    at = story.machine.act(story.machine.as_user("anna", "xfce4-session-logout --reboot --fast"))
    took = story.closed(at, "os-shutdown")
    story.machine.wait_for_shell(unlike=boot)
    story.session()
    return f"closed after {took:.1f} s, and it beats after the reboot"


def powered_off(story, act):
    took = story.closed(story.machine.act(act), "os-shutdown")
    story.machine.wait_until_off()
    return f"closed after {took:.1f} s, then off"


def systemctl_poweroff(story):
    return powered_off(story, "systemctl poweroff")


def end_session_and_the_computer_goes_down(story):
    story.machine.boot()
    story.session()
    took = story.closed(story.machine.act(story.machine.as_user("anna", "deskbeat end --yes")), "user")
    story.machine.wait_until_off()
    return f"closed after {took:.1f} s, then off"


def end_session_without_the_right_to_shut_down(story):
    story.machine.boot()
    story.machine.write("/etc/polkit-1/rules.d/00-no.rules", DENY)
    story.session()
    took = story.closed(story.machine.act(story.machine.as_user("anna", "deskbeat end --yes")), "user")
    told = wait_for(
        "the refusal", patience=PATIENCE, pause=1,
        found=lambda: story.machine.try_run("grep -rhs 'after-end action was refused' /home/anna/.local/state/deskbeat"),
    )
    check("refused" in told, told)
    story.machine.run("rm /etc/polkit-1/rules.d/00-no.rules")
    return f"closed after {took:.1f} s; the refusal is told, the computer stays"


def a_poweroff_from_the_menu(story):
    story.session()
    return powered_off(story, story.machine.as_user("anna", "xfce4-session-logout --halt --fast"))


STEPS = [
    the_first_logon, a_crash, a_sleep, a_logoff, the_same_user_logs_on_again, another_user_logs_on,
    the_display_manager_restarts, an_administrator_ends_the_user, a_reboot_from_the_menu,
    systemctl_poweroff, end_session_and_the_computer_goes_down,
    end_session_without_the_right_to_shut_down, a_poweroff_from_the_menu,
]


def main():
    image, package, server = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
    names = [step.__name__.replace("_", " ") for step in STEPS]
    begin = names.index(sys.argv[4]) if sys.argv[4:] else 1
    Sandbox.program = server
    with Sandbox() as sandbox, Machine(image, sandbox) as machine:
        began = time.time()
        machine.boot()
        print(f"   the machine answers after {time.time() - began:.0f} s", flush=True)
        story = Story(machine, sandbox)
        story.install(package)
        for name, step in [(names[0], STEPS[0]), *zip(names[begin:], STEPS[begin:])]:
            began = time.time()
            try:
                print(f"ok {name}: {step(story)} ({time.time() - began:.0f} s in all)", flush=True)
            except Exception as why:
                told = why if isinstance(why, Failed) else traceback.format_exc()
                print(f"FAILED {name}: {told}\n{machine.log()}", flush=True)
                sys.exit(1)


main()
