"""Settings of Sphinx; build the site with: sphinx-build -W --keep-going -b html docs docs/_build."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import generate

generate.write(DOCS / "_generated")

project = "pixiv_crawler"
author = copyright = "the authors of pixiv_crawler"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser"]
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_title = "pixiv_crawler"
html_show_sphinx = False
# Definition lists, in which a message is a term and the help for it the definition.
myst_enable_extensions = ["deflist"]
# Headings of these levels can be linked to: [text](page.md#heading).
myst_heading_anchors = 4
# A link that leads nowhere is a warning, and `-W` turns warnings into errors.
nitpicky = True
# Blocks of operations.md and data.md carry a mark behind their language, which tests read.
suppress_warnings = ["misc.highlighting_failure"]
