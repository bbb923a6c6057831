"""The agents' page without a browser: who sits there, who waits, and what the page would send."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from console_people import HERE, Browser, Office

from console.cookies import form_key
from desk import handovers, presence, speech
from desk.handovers import Handover, Request
from foundation import accounts, dialogue, outbox
from foundation.cipher import Cipher
from foundation.outbox import Reply
from foundation.vault import Vault
from knowledge_base.model import Faq, ServiceItem, Source
from knowledge_base.store import releases

LAW = Source(title="中华人民共和国居民身份证法", article="第十一条")
UNITS = (
    ServiceItem(id="id-card", name="居民身份证丢失补领", aliases=("身份证丢了",), sources=(LAW,)),
    Faq(id="photo", question="拍身份证照片要自己带照片吗", answer="不用带，窗口免费拍照。", sources=(LAW,)),
)


class Agent:
    """A member of staff before the page."""

    def __init__(self, office: Office, name: str, *roles: str, department: str = "") -> None:
        self.office, self.name = office, name
        with office.database.write() as tx:
            accounts.add(tx, name, None, roles or ("agent",), office.clock.now(), f"{name}同志", department)
            presence.beat(tx, name, office.clock.now())
        self.browser = Browser(office)
        self.browser.seat(name)
        self.posts = 0

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.browser.get(path, headers={"accept": "application/json"})
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, data: Any = None, status: int = 200) -> Any:
        """As the page's script sends it; counts."""
        self.posts += 1
        key = form_key(Cipher(self.office.settings.key()), self.browser.token or "")
        headers = {"accept": "application/json", "x-csrf-token": key, "origin": HERE}
        answer = self.browser.http.post(path, json={} if data is None else data, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def at(self, id: int, act: str, status: int = 200, **data: Any) -> Any:
        """Do something to a conversation."""
        return self.post(f"/desk/conversations/{id}/{act}", data, status)

    def view(self, id: int) -> Any:
        return self.get(f"/desk/conversations/{id}")


class Citizens:
    """Those on the other side, whom nothing but the database knows."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.vault = Vault(Cipher(office.settings.key()))

    def ask(self, conversation: str, question: str = "身份证丢了怎么补办", **facts: Any) -> Handover:
        """Wait for a person."""
        with self.office.database.write() as tx:
            now, channel = self.office.clock.now(), conversation.partition(":")[0]
            masked = self.vault.hide(tx, question, conversation, now)
            dialogue.append(tx, conversation, [dialogue.heard(masked, channel, now)])
            request = Request(conversation, channel, **{"reason": "asked", "question": masked, **facts})
            return handovers.open_handover(tx, request, now)

    def say(self, conversation: str, text: str) -> None:
        with self.office.database.write() as tx:
            found = handovers.current(tx, conversation)
            assert found is not None
            now = self.office.clock.now()
            speech.hear(tx, found, self.vault.hide(tx, text, conversation, now), now)

    def got(self, conversation: str) -> list[Reply]:
        with self.office.database.read() as tx:
            return outbox.after(tx, conversation, 0)

    def texts(self, conversation: str) -> list[str]:
        return [str(reply.body["text"]) for reply in self.got(conversation)]


def handover(office: Office, id: int) -> Handover:
    with office.database.read() as tx:
        return handovers.get(tx, id)


def later(office: Office, **span: float) -> None:
    """Let time pass; everybody's page stays open."""
    office.clock.advance(**span)
    with office.database.write() as tx:
        for one in presence.everyone(tx, office.clock.now()):
            if one.seen_at is not None and one.seen_at > office.clock.now() - timedelta(days=1):
                presence.beat(tx, one.account, office.clock.now())


def publish(office: Office, *units: Any) -> None:
    with office.database.write() as tx:
        releases.save_drafts(tx, units or UNITS, "operator", office.clock.now())
        releases.publish(tx, "operator", "", office.clock.now())
