"""One story's desktop, and what a user sees and does there."""

import time

from desk import Agent, Failed, wait_for


class Scene:
    """One story's desktop, and what a user does on it."""

    def __init__(self, name, display, wine, sandbox):
        self.name, self.display, self.wine, self.sandbox = name, display, wine, sandbox

    def start(self, *settings):
        return self.start_as(self.name, *settings)

    def start_as(self, state, *settings):
        return Agent(self.wine, self.sandbox, state, *settings)

    def shoot(self, what):
        self.display.shoot(f"{self.name}-{what}")

    def icon(self):
        """The icon's place in the tray: x, y, width, height."""
        return wait_for("the icon in the tray", self.icon_now)

    def icon_now(self):
        # Explorer draws the icons, and the tooltips, which are wider.
        for window in self.display.windows("--class", "explorer.exe"):
            place = self.display.geometry(window)
            if place and place[2] < 60:
                return place
        return None

    def wait_no_icon(self):
        wait_for("the icon to be gone", lambda: not self.icon_now())

    def wait_colour(self, what, colour, least=8):
        """Waits until the icon shows enough of a colour."""

        def shown():
            rows = self.display.pixels(*self.icon())
            return sum(is_near(pixel, colour) for row in rows for pixel in row) >= least

        wait_for(f"the icon to look {what}", shown)

    def centre(self):
        x, y, width, height = self.icon()
        return x + width // 2, y + height // 2

    def wait_tooltip(self):
        """Points at the icon; the tooltip's place."""
        self.display.move(*self.centre())

        return wait_for("the tooltip", self.bubble)

    def balloon(self):
        """A notification's place."""
        return wait_for("a balloon", self.bubble)

    def bubble(self):
        """What Explorer shows of the icon in words: its tooltip, or a balloon."""
        for window in self.display.windows("--class", "explorer.exe"):
            place = self.display.geometry(window)
            if place and place[2] >= 60:
                return place
        return None

    def menu(self):
        """Opens the menu by a click; its place."""
        self.display.click(*self.centre(), button=3)

        def shown():
            places = map(self.display.geometry, self.display.windows("--class", "deskbeat.exe"))
            return next((place for place in places if place), None)

        return wait_for("the menu", shown)

    def choose(self, group, row):
        """Clicks a row of the open menu, counted within a group (between lines)."""
        x, y, width, height = self.menu_settled()
        rows = self.display.pixels(x, y, width, height)
        background = rows[height // 2][width - 4]
        lines = [0] + [at for at, row in enumerate(rows) if 3 < at < height - 3 and is_line(row, background)]
        line_height = self.row_height(rows, lines)
        self.display.click(x + 40, y + lines[group] + 4 + int(line_height * (row + 0.5)))

    def menu_settled(self):
        place = None
        for _ in range(20):
            before, place = place, self.menu_place()
            if place and place == before:
                return place
            time.sleep(0.1)
        raise Failed("the menu does not stay")

    def menu_place(self):
        places = map(self.display.geometry, self.display.windows("--class", "deskbeat.exe"))
        return next((place for place in places if place), None)

    @staticmethod
    def row_height(rows, lines):
        # The last group has three rows: Copy diagnostics, Open log, About.
        return (len(rows) - lines[-1] - 6) / 3

    def dialog(self, title="^Deskbeat$"):
        """Waits for a window of this title, which gets the keyboard; its number."""
        window = wait_for(f"a window {title!r}", lambda: next(iter(self.display.windows("--name", title)), None))
        self.display.run("xdotool", "windowactivate", "--sync", window)
        time.sleep(0.5)
        return window

    def coloured(self, window, colour):
        """How many pixels of a window are of this colour."""
        place = self.display.geometry(window)
        rows = self.display.pixels(*place) if place else []
        return sum(is_near(pixel, colour) for row in rows for pixel in row)

    def wait_no_dialog(self, window, title="^Deskbeat$"):
        wait_for("the window to close", lambda: window not in self.display.windows("--name", title))


def is_near(pixel, colour, tolerance=24):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour))


def is_line(row, background):
    middle = row[len(row) // 4 : -len(row) // 4]
    return middle[0] != background and all(pixel == middle[0] for pixel in middle)
