"""What the tray shows: icon, tooltip and menu in each of the seven states."""

from agent import Agent
from desk import PANEL_HEIGHT, Desk
from icons import middle, nearest_state, raster
from sandbox import TOKEN_HEAD, Sandbox
from waiting import check, wait_for


def looks_like(agent, state):
    """The panel, the bus and the status command say the same."""
    view = agent.wait_state(state)
    desk = agent.desk
    wait_for(f"the first row of the menu in {state}", lambda: agent.menu()[0][1] == sentence_row(agent.view()))
    rows = agent.menu()
    check(not rows[0][2], "the sentence can be clicked")
    tooltip = agent.tooltip()
    check(tooltip.startswith(agent.view()["sentence"][:60]), f"tooltip {tooltip!r} in {state}")
    check(len(tooltip.encode("utf-16-le")) // 2 <= 127, f"the tooltip is too long: {tooltip!r}")
    alive = state in ("active", "at-risk")
    for label in ("End session", "Ask for more time", "Copy diagnostics", "Open log", "About Deskbeat"):
        found = [enabled for _, text, enabled in rows if text.startswith(label)]
        stuck = state == "ending" and label in ("End session", "Ask for more time")
        check(found or stuck, f"no {label!r} in {state}: {rows}")
        if label == "End session" and found:
            check(found == [alive], f"{label!r} can be chosen: {found} in {state}")
    if alive or state == "ending":
        check(any("left, until" in text for _, text, _ in rows), f"no time left in {state}: {rows}")
    check(TOKEN_HEAD not in f"{rows} {tooltip} {view} {agent.call('status')}", "a token is shown")
    # The icon: on the bus the state's own raster, on the panel its colours.
    inner = middle(22)

    def icon_is_right():
        picture, own = agent.pixmaps()[22], raster(state, 22)
        return all(picture[i] == own[i] for i in inner)

    wait_for(f"the icon of {state} on the bus", icon_is_right)
    found = agent.find_icon()
    seen, off, next_best = nearest_state(desk.pixels(height=PANEL_HEIGHT), *found)
    check(seen == state, f"the panel shows {seen} where the state is {state}")
    check(off < 8 and next_best > 2 * off, f"{state}: {off:.1f} off its raster, {next_best:.1f} off the next")
    agent.open_menu(button=3)
    desk.shoot(f"menu-{state}")
    desk.key("Escape")
    hover(agent, state)


def hover(agent, state):
    """Lets the panel show the tooltip, for the screenshot."""
    left, top, size = agent.find_icon()
    before = agent.desk.steady_pixels()
    for inside in (4, size // 2):
        agent.desk.run("xdotool", "mousemove", str(left + inside), str(top + inside))
    agent.desk.steady_pixels(unlike=before)
    agent.desk.shoot(f"tooltip-{state}")
    agent.desk.run("xdotool", "mousemove", "500", "500")
    agent.desk.steady_pixels()


def sentence_row(view):
    """As the menu has it: an underscore is doubled there."""
    return view["sentence"].replace("_", "__")


def a_session_from_waiting_to_closed():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.log.wait("key …")
        wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
        looks_like(agent, "waiting")
        sandbox.do("start 120 28800")
        looks_like(agent, "active")
        sandbox.do("hang")
        agent.choose("End session")
        desk.window("End session")
        desk.key("Tab", "Return")
        looks_like(agent, "ending")
        sandbox.do("clear")
        looks_like(agent, "closed")


def a_session_at_risk_and_ended_elsewhere():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 180 28800")
        agent.wait_state("active")
        sandbox.do("refuse ThrottlingException")
        # The next beat is a third of the heartbeat away.
        looks_like(agent, "at-risk")
        check(any("gives up in" in text for _, text, _ in agent.menu()), "no time until AWS gives up")
        sandbox.do("abort")
        sandbox.do("clear")
        looks_like(agent, "ended-elsewhere")


def a_computer_that_needs_attention():
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox, queue_name_template="no_such_queue") as agent:
            looks_like(agent, "needs-attention")


def nothing_is_redrawn_without_a_change():
    """The icon, the tooltip and the menu of a session that only waits send no signal."""
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
        before = agent.item("ToolTip"), agent.menu()
        monitor = desk.start(
            "timeout", "12", "dbus-monitor", "--session", f"type='signal',sender='{agent.name()}'", stdout=-1
        )
        told = [line for line in monitor.communicate()[0].decode().splitlines() if line.startswith("signal")]
        check((agent.item("ToolTip"), agent.menu()) == before, "something changed")
        own = [line for line in told if "sender=org.freedesktop.DBus " not in line]
        check(not own, f"signals although nothing changed: {own}")


TESTS = [
    a_session_at_risk_and_ended_elsewhere,
    a_session_from_waiting_to_closed,
    a_computer_that_needs_attention,
    nothing_is_redrawn_without_a_change,
]
