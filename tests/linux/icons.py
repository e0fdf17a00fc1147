"""The icons as pictures: the rasters of resources/icons, and finding one on the panel."""

from collections import Counter

from desk import PANEL_HEIGHT, ROOT, WIDTH

# The order in which resources/icons/make puts them.
STATES = ["waiting", "active", "at-risk", "ending", "closed", "ended-elsewhere", "needs-attention"]


def raster(state, size):
    """Red, green, blue, alpha of each pixel."""
    sheet = (ROOT / "resources" / "icons" / "tray" / f"{size}.rgba").read_bytes()
    length = size * size * 4
    at = STATES.index(state) * length
    return [tuple(sheet[i : i + 4]) for i in range(at, at + length, 4)]


def pictures(argb):
    """The pixels of an IconPixmap: ARGB32 in network byte order."""
    return [(*argb[i + 1 : i + 4], argb[i]) for i in range(0, len(argb), 4)]


def over(pixel, ground):
    """A pixel laid over the panel's colour."""
    *colour, alpha = pixel
    return tuple((c * alpha + g * (255 - alpha)) / 255 for c, g in zip(colour, ground))


def apart(one, other):
    return sum(abs(a - b) for a, b in zip(one, other)) / 3


def ground(panel):
    """The panel's colour: the one that most of its pixels have."""
    return Counter(zip(panel[0::3], panel[1::3], panel[2::3])).most_common(1)[0][0]


def find(panel, picture, size):
    """Where a picture is on the panel's pixels: (left, top, size), or None."""
    colour = ground(panel)
    # Enough of them to tell it from anything else.
    marks = [(i % size, i // size, over(picture[i], colour)) for i in range(0, size * size, 7)]
    marks = sorted(marks, key=lambda mark: -apart(mark[2], colour))
    for top in range(PANEL_HEIGHT - size + 1):
        for left in range(WIDTH - size + 1):
            if matches(panel, left, top, marks):
                return left, top, size
    return None


def matches(panel, left, top, marks):
    """False as soon as enough is wrong."""
    allowed = 8 * len(marks)
    for x, y, expected in marks:
        at = ((top + y) * WIDTH + left + x) * 3
        allowed -= apart(panel[at : at + 3], expected)
        if allowed < 0:
            return False
    return True


def middle(size):
    """The pixels that the ring leaves free."""
    centre, reach = (size - 1) / 2, size / 2 - 3
    return [
        i
        for i in range(size * size)
        if (i % size - centre) ** 2 + (i // size - centre) ** 2 <= reach**2
    ]


def nearest_state(panel, left, top, size):
    """The state whose raster the panel shows there, and how far off it and the next best are."""
    colour = ground(panel)
    inner = middle(size)

    def off(state):
        picture = raster(state, size)
        total = 0
        for i in inner:
            at = ((top + i // size) * WIDTH + left + i % size) * 3
            total += apart(panel[at : at + 3], over(picture[i], colour))
        return total / len(inner)

    ranked = sorted((off(state), state) for state in STATES)
    return ranked[0][1], ranked[0][0], ranked[1][0]
