# ruff: noqa: PLC0415  (each variant loads only what it is made of, so that its memory is its own)
"""The bots that are measured. `python -m bench.bots VARIANT` with its task on standard input.

ours-webhook, ours-poll   the product's own path: Telegram's door, journal, turn, outbox, sender
memory                    the same without journal, outbox and database: what durability costs
floor                     aiohttp in, a table of texts, aiohttp out: what HTTP alone costs
ptb, ptb-pickle           python-telegram-bot's ConversationHandler, as its documentation has it
"""

from __future__ import annotations

import asyncio
import cProfile
import dataclasses
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

TOKEN = "1:bench"


async def serve(routes: list[web.RouteDef]) -> int:
    """Serve on a free port and return it."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    return int(runner.addresses[0][1])


async def ours(task: dict[str, Any], *, poll: bool) -> int:
    """Run the product's door, turns and sender with `bench.reception`."""
    from backend.clock import SystemClock
    from backend.database import open_database
    from bench.reception import reception
    from bot.collector import settle
    from bot.telegram.channel import TelegramChannel
    from bot.telegram.intake import Intake
    from bot.telegram.poller import Poller
    from bot.telegram.webhook import TelegramWebhook
    from bot.turn.engine import Turns
    from bot.turn.journal import TurnJournal
    from bot.turn.outbox import Marks
    from bot.turn.sender import Sender
    from locales import catalog

    await open_database(task["database"])
    clock, marks = SystemClock(), Marks()
    channel = TelegramChannel(
        TOKEN, api_url=task["api"], clock=clock, catalog=catalog("vi"), read_attachment=nothing
    )
    # The pace that Telegram asks for would be all that is measured.
    channel.capabilities = dataclasses.replace(
        channel.capabilities, per_second=0.0, per_chat_seconds=0.0
    )
    await channel.start()
    sender = Sender([channel], clock, marks=marks, at_once=400)
    turns = Turns(await reception(task, clock), clock, marks=marks, on_queued=sender.offer)
    await sender.start()
    await turns.start()
    intake = Intake(channel, TurnJournal(turns))
    settle()  # as `thonmoi run` does once it serves
    if poll:
        keep.append(asyncio.create_task(Poller(intake).run()))
        return 0
    return await serve(TelegramWebhook(intake, "secret").routes())


async def memory(task: dict[str, Any]) -> int:
    """Run the same door and interview with the state in a dict and nothing kept."""
    from backend.clock import SystemClock
    from bench.reception import Filled
    from bot.collector import settle
    from bot.messages import Incoming
    from bot.telegram.channel import TelegramChannel
    from bot.telegram.intake import Intake
    from bot.telegram.webhook import TelegramWebhook
    from locales import catalog

    channel = TelegramChannel(
        TOKEN, api_url=task["api"], clock=SystemClock(), catalog=catalog("vi"),
        read_attachment=nothing,
    )  # fmt: skip
    await channel.start()
    filled = Filled(task["xml"])
    states: dict[str, str] = {}

    class Straight:
        async def record(self, incoming: list[Incoming]) -> None:
            for one in incoming:
                states[one.chat], out = filled.answer(states.get(one.chat), one)
                keep.append(asyncio.create_task(channel.send(one.chat, out[-1], "")))
            if len(keep) > 2_000:
                del keep[:1_000]

    settle()
    return await serve(TelegramWebhook(Intake(channel, Straight()), "secret").routes())


async def floor(task: dict[str, Any]) -> int:
    """Answer from a table: JSON in, JSON out, nothing else."""
    session = ClientSession(connector=TCPConnector(limit=400))
    says = dict(task["lines"])
    url = f"{task['api']}/bot{TOKEN}/sendMessage"

    async def send(chat: int, text: str) -> None:
        async with session.post(url, json={"chat_id": chat, "text": text}) as response:
            await response.json()

    async def handle(request: web.Request) -> web.Response:
        message = (await request.json())["message"]
        task = asyncio.create_task(send(message["chat"]["id"], says[message["text"]]))
        sending.add(task)
        task.add_done_callback(sending.discard)
        return web.Response()

    sending: set[asyncio.Task[None]] = set()
    return await serve([web.post("/webhooks/telegram", handle)])


async def ptb(task: dict[str, Any], *, pickle: bool) -> int:
    """Run the ConversationHandler that python-telegram-bot's documentation would have us write."""
    from telegram import Update
    from telegram.ext import (
        Application,
        ContextTypes,
        ConversationHandler,
        MessageHandler,
        PicklePersistence,
        filters,
    )

    lines = task["lines"]

    def state(number: int) -> Callable[..., Awaitable[int]]:
        answer, says = lines[number]

        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            if update.message.text != answer:
                await update.message.reply_text("?")
                return number
            context.user_data[number] = update.message.text
            await update.message.reply_text(says)
            return (number + 1) % len(lines)

        return handle

    words = filters.TEXT & ~filters.COMMAND
    handlers = [MessageHandler(words, state(n)) for n in range(len(lines))]
    conversation = ConversationHandler(
        entry_points=[handlers[0]],
        states={n: [h] for n, h in enumerate(handlers)},
        fallbacks=[],
        name="water",
        persistent=pickle,
    )
    builder = Application.builder().token(TOKEN).updater(None).base_url(f"{task['api']}/bot")
    if pickle:
        path = Path(tempfile.mkdtemp(prefix="tm-bench-")) / "state.pickle"
        builder = builder.persistence(PicklePersistence(path, update_interval=5))
    app = builder.build()
    app.add_handler(conversation)
    await app.initialize()
    await app.start()

    async def handle(request: web.Request) -> web.Response:
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    return await serve([web.post("/webhooks/telegram", handle)])


async def nothing(key: str) -> bytes:
    """Stand in for the attachments' store; the questionnaire has none."""
    raise KeyError(key)


keep: list[Any] = []

VARIANTS: dict[str, Callable[[dict[str, Any]], Awaitable[int]]] = {
    "ours-webhook": lambda task: ours(task, poll=False),
    "ours-poll": lambda task: ours(task, poll=True),
    "memory": memory,
    "floor": floor,
    "ptb": lambda task: ptb(task, pickle=False),
    "ptb-pickle": lambda task: ptb(task, pickle=True),
}


async def main() -> None:
    """Start the variant, print its port, run until standard input ends."""
    logging.basicConfig(level=logging.ERROR)
    warnings.simplefilter("ignore")
    task = json.loads(sys.stdin.readline())
    profile = cProfile.Profile() if "BENCH_PROFILE" in os.environ else None
    if profile is not None:
        profile.enable()
    print(await VARIANTS[sys.argv[1]](task), flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    if profile is not None:
        profile.disable()
        profile.dump_stats(os.environ["BENCH_PROFILE"])
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
