"""What the program is shown to do on a Windows desktop, a function a story."""

import json
import time

from desk import PATIENCE, Lines, check, wait_for

GREEN, AMBER, BLUE = (0x1C, 0x8A, 0x3C), (0xC9, 0x60, 0x00), (0x2A, 0x6C, 0xD6)


def tray(scene):
    """icon, tooltip, menu; End session asks; confirmed, Success is accepted before the after-end action"""
    agent = scene.start("after_end=shutdown")
    scene.icon()
    scene.shoot("waiting")
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.wait_colour("active", GREEN)
    scene.shoot("active")

    x, y, width, height = scene.wait_tooltip()
    scene.shoot("tooltip")
    rows = scene.display.pixels(x, y, width, height)
    dark = sum(max(pixel) < 100 for row in rows for pixel in row)
    check(width > 200 and dark > 200, f"the tooltip holds no sentence ({width} wide, {dark} dark)")

    scene.menu()
    scene.shoot("menu")
    scene.choose(group=1, row=0)
    dialog = scene.dialog("^End session")
    scene.shoot("end-dialog")
    scene.display.key("Return")
    scene.wait_no_dialog(dialog, "^End session")
    check(agent.view()["state"] == "active", "Enter alone ended the session")

    scene.menu()
    scene.choose(group=1, row=0)
    dialog = scene.dialog("^End session")
    scene.display.key("Tab", "Return")
    scene.wait_no_dialog(dialog, "^End session")
    _, accepted = scene.sandbox.wait("close accepted")
    _, after = agent.said("after-end action")
    check(accepted < after, "the after-end action came before the close was accepted")
    told = scene.sandbox.outputs()[0]
    check(told["outcome"] == "ended" and told["reason"] == "user", f"told the workflow {told}")
    agent.wait_state("closed")
    scene.shoot("closed")


def window(scene):
    """the window, by mouse and by keyboard: it shows the session, asks before it ends; closing it ends nothing"""
    agent = scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    agent.wait_state("active")
    scene.icon()

    # A left click on the icon opens it.
    scene.display.click(*scene.centre())
    shown = scene.dialog()
    wait_for("the state's colour in the window", lambda: scene.coloured(shown, GREEN) > 500)
    scene.shoot("active")
    scene.display.key("alt+F4")
    scene.wait_no_dialog(shown)
    goes_on(scene, agent)

    # So does the program menu's entry. The button is at its right bottom.
    opened = scene.wine.start("deskbeat.exe", *agent.state, "window", **agent.env)
    shown = scene.dialog()

    def asked():
        x, y, width, height = scene.display.geometry(shown)
        scene.display.click(x + width - 75, y + height - 30)
        time.sleep(1)
        return scene.display.windows("--name", "^End session")

    wait_for("the question after a click", asked)
    scene.shoot("question")
    scene.display.key("Escape")
    wait_for("the window without the question", lambda: scene.display.windows("--name", "^Deskbeat$"))
    check(opened.poll() is None, "the window went with its question")
    goes_on(scene, agent)

    # By the keyboard alone: it comes by every control, and to press the others ends nothing.
    def reached():
        scene.display.key("Tab", "space")
        time.sleep(0.5)
        return scene.display.windows("--name", "^End session")

    wait_for("the question by the keyboard", reached)
    scene.display.key("Return")
    wait_for("the safe answer", lambda: not scene.display.windows("--name", "^End session"))
    goes_on(scene, agent)
    wait_for("the question by the keyboard", reached)
    scene.display.key("Tab", "Return")
    scene.sandbox.wait("close accepted")
    check(scene.sandbox.outputs()[0]["reason"] == "user", "another reason")
    agent.wait_state("closed")
    check(opened.poll() is None, "the window went with the session")
    scene.shoot("closed")


def explorer(scene):
    """Explorer loses the icon and starts again: the icon comes back, as it should look by then"""
    # Wine's Explorer cannot be started a second time, so another program plays its part.
    agent = scene.start("beat_interval_seconds=1")
    scene.sandbox.do("start 30 7200")
    scene.sandbox.wait("beat accepted")
    scene.wait_colour("active", GREEN)
    scene.wine.other("forget")
    scene.wait_no_icon()
    scene.wine.other("taskbar")
    scene.wait_colour("active", GREEN)
    scene.wine.other("forget")
    scene.wait_no_icon()
    scene.sandbox.do("refuse ServiceUnavailable")
    agent.wait_state("at-risk")
    scene.wait_colour("at risk", AMBER)


def session_end(scene):
    """Windows ends: the close is accepted before the process is gone, within 5 s at 300 ms latency"""
    scene.sandbox.do("latency 300")
    agent = scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.wine.end_session()
    _, began = agent.said("Windows ends")
    _, accepted = scene.sandbox.wait("close accepted")
    agent.process.wait()
    agent.said("CloseAnswered")
    took = accepted - began
    check(took < 5, f"the close took {took:.1f} s")
    print(f"      from WM_ENDSESSION to the accepted close: {took * 1000:.0f} ms")
    told = scene.sandbox.outputs()[0]
    check(told["reason"] == "os-shutdown", f"told the workflow {told}")


def veto(scene):
    """another program refuses the end of Windows: nothing is sent, the session goes on"""
    # Wine asks one program after the other, by age, and ends each that agrees at once. Windows does
    # the same in the order of the shutdown levels, where Deskbeat comes last.
    other = scene.wine.start("other.exe", "refuse")
    check(other.stdout.readline().strip() == b"ready", "the other program does not start")
    agent = scene.start("beat_interval_seconds=1")
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.wine.end_session()
    check(other.stdout.readline().strip() == b"refused", "the other program was not asked")
    goes_on(scene, agent)


def cancelled(scene):
    """an end that was announced and called off, or a window closed from outside: the session goes on"""
    agent = scene.start("beat_interval_seconds=1")
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.icon()
    scene.wine.other("cancel")
    goes_on(scene, agent)
    scene.wine.other("close")
    scene.wine.other("cancel")
    goes_on(scene, agent)
    scene.menu()


def goes_on(scene, agent):
    here = scene.sandbox.here()
    scene.sandbox.wait("beat accepted", since=here)
    check(agent.process.poll() is None, "the agent is gone")
    check(scene.sandbox.count("close accepted") == 0, "the session was closed")
    check(agent.view()["state"] == "active", "the session is not active")


def logoff(scene):
    """the user logs off: the session is closed for that reason before Windows gets its answer"""
    scene.sandbox.do("latency 300")
    scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.wine.other("logoff")
    check(scene.sandbox.count("close accepted") == 1, "Windows was answered before the close")
    told = scene.sandbox.outputs()[0]
    check(told["reason"] == "logoff", f"told the workflow {told}")


def hung_service(scene):
    """Windows ends while the service does not answer: it waits for 4 s and no longer"""
    agent = scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.sandbox.do("hang")
    scene.wine.other("logoff")
    _, began = agent.said("Windows ends")
    _, let_go = agent.said("LetOsProceed", since=0)
    took = let_go - began
    check(3.5 < took < 4.5, f"Windows was let go after {took:.1f} s")


def replaced(scene):
    """an installer stops the program to replace it: the session is not closed, and resumes"""
    agent = scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    scene.wine.other("replace")
    check(agent.process.wait() == 0, "it did not stop by itself")
    check(scene.sandbox.count("close accepted") == 0, "the session was closed")
    here = scene.sandbox.here()
    agent = scene.start()
    scene.sandbox.wait("beat accepted", since=here)


CLOSE_APP, CRITICAL, LOGOFF = 0x1, 0x40000000, 0x80000000


def ends(scene):
    """every way in which Windows can end: closed in time, whatever an installer adds to it"""
    going_down = scene.wine.folder / "prefix" / "drive_c" / "going-down"
    cases = (
        # flags, whether Windows says that it is going down, what the workflow is told
        (CLOSE_APP, True, "os-shutdown"),
        (CLOSE_APP | CRITICAL, False, "os-shutdown"),
        (CRITICAL, False, "os-shutdown"),
        (CLOSE_APP | LOGOFF, False, "logoff"),
        (CLOSE_APP | CRITICAL | LOGOFF, True, "logoff"),
        (0, True, "os-shutdown"),
    )
    scene.sandbox.do("latency 300")
    for number, (flags, is_going_down, reason) in enumerate(cases):
        going_down.write_text("") if is_going_down else going_down.unlink(missing_ok=True)
        here = scene.sandbox.here()
        agent = scene.start_as(f"ends-{number}")
        scene.sandbox.do("start 60 7200")
        scene.sandbox.wait("beat accepted", since=here)
        # With every window that it ever has.
        scene.icon()
        began = time.monotonic()
        scene.wine.other("end", f"{flags:x}")
        took = time.monotonic() - began
        case = f"flags {flags:x}, going down: {is_going_down}"
        check(scene.sandbox.count("close accepted", since=here) == 1, f"not closed in time ({case})")
        check(took < 5, f"Windows had to wait for {took:.1f} s ({case})")
        told = scene.sandbox.outputs()[-1]
        check(told["reason"] == reason, f"told the workflow {told} ({case})")
        agent.process.kill()
        agent.process.wait()
    going_down.unlink(missing_ok=True)


def balloon(scene):
    """a notification is a balloon where there are no toasts; a click on it does what it offers"""
    scene.start("extendable=true")
    scene.sandbox.do("start 60 336")
    scene.sandbox.wait("beat accepted")
    scene.icon()
    first = scene.balloon()
    scene.shoot("balloon")

    # Five minutes are left soon: that one comes when the first one has gone, and offers more time.
    def offer():
        place = scene.bubble()
        return place and place[2:] != first[2:] and place

    wait_for("the offer", offer)
    scene.shoot("balloon-offer")
    # Wine's Explorer does not tell of a click on a balloon. What it would say goes the way that
    # tray-icon hears of its icon: a click on that opens the menu.
    scene.wine.other("balloon")
    scene.sandbox.wait("close accepted")
    scene.wine.other("touch")
    wait_for("the menu", scene.menu_place)
    told = scene.sandbox.outputs()[0]
    check(told["outcome"] == "extend", f"told the workflow {told}")


def control(scene):
    """the command line over the named pipe; the journal, sealed by DPAPI, survives a crash"""
    agent = scene.start()
    scene.sandbox.do("start 60 7200")
    scene.sandbox.wait("beat accepted")
    view = agent.wait_state("active")
    check(view["sessionId"] == "session-1", f"status says {view}")

    folder = scene.wine.folder / "prefix" / "drive_c" / "deskbeat-control"
    journal = (folder / "journal").read_bytes()
    check(len(journal) > 500 and b"session-1" not in journal, "the journal is not sealed")
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    check(b"AQCEAAAAKgAAAAMAAAAA" not in kept, "there is a token on the disk")

    agent.process.kill()
    agent.process.wait()
    here = scene.sandbox.here()
    agent = scene.start()
    scene.sandbox.wait("beat accepted", since=here)
    check(scene.sandbox.count("message", since=here) == 0, "the token came from the queue again")

    code, said = agent.call("end", "--yes", "--reason", "done")
    check(code == 0 and "request" in said, f"end: {code}, {said!r}")
    told = scene.sandbox.outputs()[0]
    check(told["reasonText"] == "done", f"told the workflow {told}")
    check(agent.call("end", "--yes")[0] == 0, "ending again is an error")
    check(scene.sandbox.count("close accepted") == 1, "the session was closed twice")
    check(agent.call("extend")[0] == 4, "a closed session can be extended")


def machine(scene):
    """a second agent on the computer says whose session it is, and waits for its end"""
    # Of the same user Windows would end it: Wine 8 does not know FILE_FLAG_FIRST_PIPE_INSTANCE.
    first = scene.start()
    scene.sandbox.wait("read")
    second = scene.start_as("second")
    second.said("This computer's session is ")
    check("waits" in second.view()["sentence"], f"status says {second.view()}")
    here = scene.sandbox.here()
    first.process.kill()
    scene.sandbox.wait("read", since=here)


def trouble(scene):
    """at risk and recovered; a close that does not get through says so, and Try again helps"""
    agent = scene.start("beat_interval_seconds=1")
    scene.sandbox.do("start 30 7200")
    scene.sandbox.wait("beat accepted")
    scene.wait_colour("active", GREEN)
    scene.sandbox.do("refuse ServiceUnavailable")
    agent.wait_state("at-risk")
    scene.wait_colour("at risk", AMBER)
    scene.shoot("at-risk")
    scene.sandbox.do("clear")
    agent.wait_state("active")

    scene.sandbox.do("refuse AccessDeniedException")
    scene.menu()
    scene.choose(group=1, row=0)
    dialog = scene.dialog("^End session")
    scene.display.key("Tab", "Return")
    scene.wait_no_dialog(dialog, "^End session")
    scene.wait_colour("ending", BLUE)
    stuck = scene.dialog("not closed yet")
    scene.shoot("stuck-dialog")
    scene.sandbox.do("clear")
    scene.display.key("Return")
    scene.sandbox.wait("close accepted")
    scene.wait_no_dialog(stuck, "not closed yet")
    agent.wait_state("closed")


def misconfigured(scene):
    """a wrong setting is told in a dialog and in the Event Log, and the program ends"""
    # Wine has no Event Log that could be asked; it says what would go there.
    settings = {"DESKBEAT_AFTER_END": "explode", "WINEDEBUG": "-all,+eventlog"}
    process = scene.wine.start("deskbeat.exe", **settings)
    said = Lines(process.stderr)
    said.wait("ReportEventW", "DB-501", "explode")
    dialog = scene.dialog("^Deskbeat cannot start")
    scene.shoot("dialog")
    scene.display.key("Return")
    scene.wait_no_dialog(dialog, "^Deskbeat")
    check(process.wait(PATIENCE) == 8, f"exit code {process.returncode}")


def policy(scene):
    """Group Policy wins over variable and flag, says where it stands, and is taken over; a wrong one is told by its place"""
    key = r"HKLM\Software\Policies\Deskbeat"

    def put(name, kind, value):
        scene.wine.run("reg", "add", key, "/v", name, "/t", kind, "/d", value, "/f")

    def effective(agent):
        # A flag stands behind the verb, a variable beside it: what a user can say.
        code, told = agent.call("config", "--json", "--after-end", "shutdown")
        check(code == 0, f"exit code {code}: {told}")
        return {line["name"]: (line["value"], line["source"]) for line in map(json.loads, told.splitlines())}

    try:
        put("after_end", "REG_SZ", "none")
        put("idle_minutes", "REG_DWORD", "20")
        put("extendable", "REG_DWORD", "1")
        put("health_ports", "REG_MULTI_SZ", r"8443\03389=120")
        agent = scene.start("idle_minutes=0")
        agent.env.update({"DESKBEAT_AFTER_END": "logoff", "DESKBEAT_EXTENDABLE": "false"})
        scene.sandbox.wait("read")
        told = effective(agent)
        wanted = {"after_end": "none", "idle_minutes": "20", "extendable": "true", "health_ports": "8443, 3389=120"}
        for name, value in wanted.items():
            place = f"Group Policy, registry {key}\\{name}"
            check(told[name] == (value, place), f"{name} is {told[name]}")
        check(told["log_level"][1] == "built in", f"log_level is {told['log_level']}")

        here = agent.here()
        put("idle_minutes", "REG_DWORD", "30")
        agent.said('idle_minutes = \\"30\\"', since=here)

        put("idle_minutes", "REG_SZ", "never")
        process = scene.wine.start("deskbeat.exe", *agent.state, "config", **agent.env)
        _, error = process.communicate()
        place = f"{key}\\idle_minutes"
        check(process.returncode == 8 and place in error.decode(), f"exit code {process.returncode}: {error}")
        put("idle_minutes", "REG_BINARY", "00")
        process = scene.wine.start("deskbeat.exe", *agent.state, "config", **agent.env)
        _, error = process.communicate()
        check(process.returncode == 8 and "REG_BINARY" in error.decode(), f"exit code {process.returncode}: {error}")
    finally:
        scene.wine.run("reg", "delete", key, "/f")


# Windows' language, its name on this machine, what `status` begins with, and the title of the question.
SPOKEN = {
    "de": ("de_DE", "Ihre Sitzung ist aktiv.", "^Sitzung beenden"),
    "fr": ("fr_FR", "Votre session est active.", "^Terminer la session"),
    "ja": ("ja_JP", "セッションは有効です。", "^セッションを終了"),
}


def languages(scene):
    """menu, tooltip, window and question in German, French and Japanese, by Windows' language and with its font"""
    for tag, (locale, begins, question) in SPOKEN.items():
        # Windows' settings: Wine has them from the locale.
        scene.wine.speak(locale)
        here = scene.sandbox.here()
        agent = scene.start_as(f"languages-{tag}", "extendable=true")
        scene.sandbox.do("start 120 28800")
        scene.sandbox.wait("beat accepted", since=here)
        agent.wait_state("active")
        _, told = agent.call("status")
        check(told.startswith(begins), f"status says {told!r}")
        scene.wait_colour("active", GREEN)
        scene.wait_tooltip()
        scene.shoot(f"{tag}-tooltip")
        scene.display.click(*scene.centre())
        shown = scene.dialog()
        wait_for("the state's colour in the window", lambda: scene.coloured(shown, GREEN) > 500)
        scene.shoot(f"{tag}-window")

        def asked():
            x, y, width, height = scene.display.geometry(shown)
            scene.display.click(x + width - 75, y + height - 30)
            time.sleep(1)
            return scene.display.windows("--name", question)

        wait_for(f"a question {question!r}", asked)
        scene.shoot(f"{tag}-question")
        scene.display.key("Escape")
        wait_for("the window without the question", lambda: not scene.display.windows("--name", question))
        scene.display.key("alt+F4")
        scene.wait_no_dialog(shown)
        scene.menu()
        scene.menu_settled()
        # What Explorer shows of the icon would stand over the menu.
        scene.display.move(500, 400)
        wait_for("the icon without its tooltip", lambda: not scene.bubble())
        scene.shoot(f"{tag}-menu")
        goes_on(scene, agent)
        agent.process.kill()
        agent.process.wait()
        scene.wine.end_programs()
        scene.wait_no_icon()


ALL = (
    languages, tray, window, explorer, ends, balloon, session_end, veto, cancelled, logoff, hung_service, replaced, control, machine, trouble,
    misconfigured, policy,
)
STORIES = {story.__name__.replace("_", "-"): story for story in ALL}
