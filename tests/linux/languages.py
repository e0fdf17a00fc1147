"""What a user reads, in the language and by the clock of the desktop: tray, window, question, `status`."""

import json

from agent import Agent
from desk import SHOTS, Desk
from hostile import send_unknown_flag
from logoff import clients
from sandbox import Sandbox
from waiting import check, wait_for
from window import Window, check_names

# The state, the menu's rows and the window's names; the question's safe answer; what `status` begins with.
SPOKEN = {
    "de": (
        "de_DE.UTF-8", "Aktiv", ("Sitzung beenden …", "Mehr Zeit anfordern"),
        ("Bisherige Heartbeats", "Was geschehen ist", "Diagnose kopieren", "Ihre Sitzung ist aktiv."),
        "Weiterarbeiten", "Ihre Sitzung ist aktiv.",
    ),
    "fr": (
        "fr_FR.UTF-8", "Active", ("Terminer la session…", "Demander plus de temps"),
        ("Pulsations jusqu’ici", "Ce qui s’est passé", "Copier le diagnostic", "Votre session est active."),
        "Continuer à travailler", "Votre session est active.",
    ),
    "ja": (
        "ja_JP.UTF-8", "有効", ("セッションを終了…", "時間の延長を依頼"),
        ("これまでのハートビート", "これまでの出来事", "診断情報をコピー", "セッションは有効です。"),
        "作業を続ける", "セッションは有効です。",
    ),
}
ENGLISH = "Your session is active."
# Seconds: language and clock are followed within a minute.
FOLLOWED = 75


def window_and_tray_speak(tag):
    locale, state, rows, names, keep, begins = SPOKEN[tag]
    with Sandbox() as sandbox, Desk(accessible=True) as desk:
        desk.env["LANG"] = locale
        with Agent(desk, sandbox, extendable="true") as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            for label in rows:
                wait_for(f"{label!r} in the menu", lambda: agent.offers(label))
            check(agent.tooltip().startswith(begins), f"the tooltip says {agent.tooltip()!r}")
            # A terminal speaks its own language, and a script English.
            desk_says = agent.call("status")[1]
            check(desk_says.startswith(begins), f"status says {desk_says!r}")
            told = json.loads(agent.call("status", "--json")[1])
            check(told["sentence"] == ENGLISH and told["sentenceSaid"]["id"] == "active", f"JSON says {told}")
            agent.env["LC_ALL"] = "C.UTF-8"
            check(agent.call("status")[1].startswith(ENGLISH), "an English terminal is not spoken to in English")
            agent.env["LC_ALL"] = ""
            window = Window(agent)
            window.element(state)
            shown = [one["name"] for one in window.elements()]
            for name in (*names, *rows):
                check(name in shown, f"no {name!r} among {shown}")
            check_names(window.elements())
            # What stands beside a button that is too long for its place must not cut it off.
            wide, high = window.size()
            for name in (*rows, names[2]):
                left, top, width, height = window.element(name)["place"]
                check(
                    0 <= left and left + width <= wide and 0 <= top and top + height <= high,
                    f"{name!r} at {left}, {top} is {width} wide and {height} high, in a window of {wide} to {high}",
                )
            window.shoot(f"language-{tag}")
            window.press(rows[0])
            window.element(keep)
            check(window.focused() == keep, f"{window.focused()!r} has the keyboard")
            window.shoot(f"language-{tag}-question")
            desk.key("Escape")
            window.without(keep)
            window.process.kill()
            agent.open_menu()
            desk.shoot(f"language-{tag}-menu")
            desk.key("Escape")
            check(agent.view()["state"] == "active" and not sandbox.closes(), "something ended")
            check(f"Waiting -> Active: {ENGLISH}" in "\n".join(agent.log.all), "the log is not English")


def german_is_spoken_everywhere():
    window_and_tray_speak("de")


def french_is_spoken_everywhere():
    window_and_tray_speak("fr")


def japanese_is_spoken_everywhere():
    window_and_tray_speak("ja")


def an_english_desktop_has_a_german_terminal_and_the_setting_wins():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 120 28800")
        agent.wait_state("active")
        check(agent.tooltip().startswith(ENGLISH), f"the tooltip says {agent.tooltip()!r}")
        agent.env["LANG"] = "de_DE.UTF-8"
        check(agent.call("status")[1].startswith("Ihre Sitzung ist aktiv."), "a German terminal is not spoken to")
        agent.env["DESKBEAT_LANGUAGE"] = "pt-BR"
        check(agent.call("status")[1].startswith("Sua sessão está ativa."), "the setting does not win")


def without_a_font_the_window_is_english_and_says_so():
    """Only DejaVu is there: no letters of Japanese."""
    with Sandbox() as sandbox, Desk(accessible=True) as desk:
        fonts = desk.folder / "fonts.conf"
        fonts.write_text(
            "<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir>"
            f"<cachedir>{desk.make('font-cache')}</cachedir></fontconfig>"
        )
        desk.env |= {"LANG": "ja_JP.UTF-8", "FONTCONFIG_FILE": str(fonts)}
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            window = Window(agent)
            window.element("Active")
            window.element("No font of this computer has the letters of your language (ja).")
            window.element("End session…")


def language_and_clock_are_followed_while_the_session_lives():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False, accessible=True) as desk:
        portal, manager = desk.start_portal(), desk.start_user_manager(["LANG=C.UTF-8"])
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            window = Window(agent)
            window.element("Active")
            has = lambda word: any(word in one["name"] for one in window.elements())
            desk.set_clock(portal, "12h")
            wait_for("a clock of twelve hours", lambda: has(" AM") or has(" PM"), FOLLOWED)
            desk.set_clock(portal, "24h")
            wait_for("a clock of a day", lambda: not has(" AM") and not has(" PM"), FOLLOWED)
            desk.set_user_environment(manager, ["LANG=fr_FR.UTF-8"])
            wait_for("French in the window", lambda: window.find("Ce qui s’est passé"), FOLLOWED)
            check(agent.view()["sentence"] == ENGLISH, "a script is spoken to in French")


def a_clock_is_followed_whatever_becomes_of_who_tells_it():
    """The portal says nonsense, our connection breaks, another portal comes."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        portal = desk.start_portal()
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            half_days = lambda: any(" AM" in text or " PM" in text for _, text, _ in agent.menu())
            desk.garble(portal)
            desk.set_clock(portal, "12h")
            wait_for("a clock of twelve hours", half_days, FOLLOWED)
            bus = desk.env["DBUS_SESSION_BUS_ADDRESS"]
            before = clients(bus, agent.pid)
            for name in before:
                send_unknown_flag(bus, name)
            wait_for("new connections", lambda: len(set(clients(bus, agent.pid)) - set(before)) == len(before))
            desk.set_clock(portal, "24h")
            wait_for("a clock of a day", lambda: not half_days(), FOLLOWED)
            desk.portal.kill()
            desk.portal.wait()
            desk.start_portal('dbus.String("12h", variant_level=1)')
            wait_for("the other portal's clock", half_days, FOLLOWED)


TESTS = [
    a_clock_is_followed_whatever_becomes_of_who_tells_it,
    language_and_clock_are_followed_while_the_session_lives,
    german_is_spoken_everywhere,
    french_is_spoken_everywhere,
    japanese_is_spoken_everywhere,
    without_a_font_the_window_is_english_and_says_so,
    an_english_desktop_has_a_german_terminal_and_the_setting_wins,
]
