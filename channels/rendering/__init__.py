"""Replies as messages: what a citizen reads, page by page, the same on every platform."""

from channels.rendering.commands import Command as Command
from channels.rendering.commands import command as command
from channels.rendering.pages import pages as pages
from channels.rendering.parts import Choice as Choice
from channels.rendering.parts import Image as Image
from channels.rendering.parts import Menu as Menu
from channels.rendering.parts import Part as Part
from channels.rendering.parts import Text as Text
from channels.rendering.parts import numbered as numbered
from channels.rendering.replies import as_body as as_body
from channels.rendering.splitting import split as split
from channels.rendering.style import Style as Style
