"""What each kind of message means here: a question for the dialogue, or a sentence of our own.

A citizen who sends what we cannot read is told so at once, in one sentence with a phone number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.refused import Refused, storable
from channels.rendering.commands import Command, command
from channels.wechat import incoming
from channels.wechat.callback import seconds
from channels.wechat.incoming import Incoming
from channels.wechat.reception import Hearing, Reception, now
from channels.wechat.speech import Speech
from channels.wechat.words import is_placeholder, word
from channels.windows import Window
from desk.sent import LOCATION, Sent
from foundation.inbox import Accepted

log = logging.getLogger(__name__)

Handler = Callable[[Reception, Any, float], Awaitable["Accepted | None"]]
"""Takes the message and, on the loop's clock, until when its request can carry an answer. Gives the stored message
whose replies the answer may carry, if any."""

SPOKEN = Sent("voice")
MOST_WORDS = 200
"""Characters that are kept of a title or a place."""
HANGS, LAST_POST = 2.0, 9
"""Seconds: beyond a request's deadline, until the platform has surely hung up; after the event itself, in which it asks
for the third and last time (it does every five)."""
INSISTS, AGAIN = 60.0, 0.5
"""Seconds for which, and after which, storing what was heard is tried again."""
LOOK_FOR_MORE = 3.5
"""Seconds for which 更多 waits for a turn under way, where nothing can be sent afterwards."""


async def text(reception: Reception, message: incoming.Text, deadline: float) -> Accepted:
    if is_placeholder(message.content):
        return await reception.say(message, deadline, "unsupported", sent=Sent("unsupported"))
    if message.menu_id:
        chosen = await reception.house.choice(reception.channel, message.sender, message.menu_id)
        # What a click says is ours to know, not the sender's. The platform counts it as a click, forged or not.
        return await reception.ask(message, chosen or message.content, deadline, "action")
    return await obey(reception, message, message.content, deadline)


async def obey(
    reception: Reception, message: Incoming, said: str, deadline: float, window: Window = "message", **about: Any
) -> Accepted:
    """Do what is for the channel, 更多 or 敬老版, whether typed, spoken or clicked; all else is for the dialogue, with
    `about` as metadata."""
    asked = command(said)
    if asked is Command.MORE:
        return await more(reception, message, said, deadline, window, **about)
    if asked is not None:
        on = asked is Command.ELDERLY
        accepted = await reception.say(message, deadline, "elderly_on" if on else "elderly_off", window)
        if not accepted.late:
            await reception.house.prefer(reception.channel, message.sender, elderly=on)
        return accepted
    return await reception.ask(message, said, deadline, window, **about)


async def more(
    reception: Reception, message: Incoming, said: str, deadline: float, window: Window, **about: Any
) -> Accepted:
    """The next page; or what is still owed, where replies wait to be asked for."""
    house, channel, sender = reception.house, reception.channel, message.sender
    if page := await house.remainder(channel, sender):
        return await reception.reply(message, page, deadline, window)
    harvest = reception.account.reply == "harvest"
    if harvest and await house.owed(channel, sender):
        return await reception.reply(message, [], deadline, window)
    if turns := await house.open_turns(f"{channel}:{sender}"):
        try:
            await house.replies(turns[-1], LOOK_FOR_MORE if harvest else 0.05)
        except asyncio.TimeoutError:
            return await reception.say(message, deadline, "still_working", window)
        return await reception.reply(message, [], deadline, window)
    if "更多" in said:
        return await reception.say(message, deadline, "nothing_left", window)
    return await reception.ask(message, said, deadline, window, **about)


async def voice(reception: Reception, message: incoming.Voice, deadline: float) -> Accepted | None:
    if message.recognition.strip():
        return await obey(reception, message, message.recognition, deadline, voice=True, **SPOKEN.to_metadata())
    if reception.speech is None:
        return await reception.say(message, deadline, "voice", sent=SPOKEN)
    # The platform asks again while the program is at work: one run for all of these requests.
    key, running = f"{message.sender} {message.key}", reception.hearing
    if key not in running:
        hearing = running[key] = Hearing()
        hearing.task = asyncio.create_task(_hear(reception, reception.speech, message, deadline, hearing))
        hearing.task.add_done_callback(lambda task: (running.pop(key, None), task.cancelled() or task.exception()))
    hearing = running[key]
    hearing.posts += 1
    assert hearing.task is not None
    try:
        return await asyncio.wait_for(asyncio.shield(hearing.task), max(0.05, deadline - now()))
    except asyncio.TimeoutError:
        pass
    # Nothing is stored yet, so nothing is acknowledged: the platform hangs up and asks again, another gateway if this
    # one is gone. But for the last time, after which it would tell the citizen that the account is out of order.
    if hearing.posts < 2 and message.posted - seconds(message.created) < LAST_POST:
        await asyncio.wait([hearing.task], timeout=HANGS)
    if not hearing.task.done() and hearing.refused is not None:
        raise hearing.refused  # who is told so may be answered nevertheless, when it can be stored
    return hearing.task.result() if hearing.task.done() else None


async def _hear(
    reception: Reception, speech: Speech, message: incoming.Voice, deadline: float, hearing: Hearing
) -> Accepted:
    said = await speech.text(message.media_id, message.format)
    until = now() + INSISTS
    while True:
        try:
            if said is None:
                return await reception.say(message, deadline, "voice", sent=SPOKEN)
            return await obey(reception, message, said, deadline, voice=True, **SPOKEN.to_metadata())
        except Refused as refused:  # the platform may ask no more
            if refused.status not in (429, 503):
                raise
            if now() > until:
                log.error("a recording was made text and could not be stored", extra={"channel": reception.channel})
                raise
            hearing.refused = refused
            await asyncio.sleep(max(AGAIN, refused.retry_after or 0) if refused.status == 429 else AGAIN)


async def location(reception: Reception, message: incoming.Location, deadline: float) -> Accepted:
    label = storable(message.label)[:MOST_WORDS]
    if message.latitude is None or message.longitude is None:
        return await reception.say(message, deadline, "place_unclear", sent=Sent(LOCATION, label))
    place = {"latitude": message.latitude, "longitude": message.longitude, "label": label}
    question = word("place_question")
    return await reception.ask(message, question, deadline, location=place, **Sent(LOCATION).to_metadata())


def unreadable(name: str) -> Handler:
    """Tell by the sentence of that name that this cannot be read; a person gets what it says of itself."""

    async def handle(reception: Reception, message: Incoming, deadline: float) -> Accepted:
        about = (getattr(message, part, "") for part in ("title", "description", "url"))
        sent = Sent(name, storable(" ".join(filter(None, about)))[:MOST_WORDS])
        return await reception.say(message, deadline, name, sent=sent)

    return handle


async def image(reception: Reception, message: incoming.Image, deadline: float) -> Accepted:
    return await reception.say(message, deadline, "image", sent=Sent("image", media_id=storable(message.media_id)))


MESSAGES: dict[type[Incoming], Handler] = {
    incoming.Text: text,
    incoming.Voice: voice,
    incoming.Location: location,
    incoming.Image: image,
    incoming.Video: unreadable("video"),
    incoming.Link: unreadable("link"),
    incoming.File: unreadable("file"),
    incoming.MiniProgramPage: unreadable("card"),
}
