"""What a screen reader is told of the window, over AT-SPI; run by Debian's Python, which has its binding.

    accessible.py tree          every element of Deskbeat: one JSON list
    accessible.py press NAME    presses the button of this name
"""

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def elements(node):
    yield node
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child is not None:
            yield from elements(child)


def of_deskbeat():
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(index)
        if program is not None and program.get_name() == "deskbeat":
            yield from elements(program)


def place(node):
    component = node.get_component_iface()
    if component is None:
        return None
    area = component.get_extents(Atspi.CoordType.WINDOW)
    return [area.x, area.y, area.width, area.height]


def told(node):
    states = node.get_state_set()
    has = lambda state: states.contains(state)
    return {
        "place": place(node),
        "role": node.get_role_name(),
        "name": node.get_name(),
        "description": node.get_description(),
        "focusable": has(Atspi.StateType.FOCUSABLE),
        "focused": has(Atspi.StateType.FOCUSED),
        "enabled": has(Atspi.StateType.ENABLED),
        "value": node.get_value_iface().get_current_value() if node.get_value_iface() else None,
    }


def main():
    what, *name = sys.argv[1:]
    if what == "tree":
        print(json.dumps([told(node) for node in of_deskbeat()]))
        return
    for node in of_deskbeat():
        if node.get_name() == name[0] and node.get_action_iface():
            sys.exit(0 if node.get_action_iface().do_action(0) else 1)
    sys.exit(f"no {name[0]!r} that can be pressed")


main()
