"""Links of documents: where they lead."""

import re

LINK = re.compile(r"\[[^]]*\]\(([^)#\s]+)[^)]*\)")


def broken(folder):
    """The links in the documents under a folder that lead to nothing there, nor to the web."""
    return [
        f"{document.relative_to(folder)}: {target}"
        for document in sorted(folder.rglob("*.md"))
        for target in LINK.findall(document.read_text())
        if not target.startswith("https://") and not (document.parent / target).exists()
    ]
