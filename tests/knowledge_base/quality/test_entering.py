"""What enters a release is compared with what stays and is about the same item."""

from __future__ import annotations

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.model import Faq, ServiceItem, Unit
from knowledge_base.quality import check
from knowledge_base.quality.entering import contradictions
from knowledge_base.store import releases


def permit(amount: int) -> ServiceItem:
    return ServiceItem(id="permit", name="通行证办理", aspects={"fee": [{"amount": amount}]})


def fee(answer: str, id: str = "fee") -> Faq:
    return Faq(id=id, question=f"{id}多少钱", answer=answer, item="permit")


def test_an_item_and_its_faqs_are_compared_whichever_enters(database: Database, clock: FixedClock) -> None:
    def drafted(*units: Unit) -> list[tuple[str, str]]:
        releases.save_drafts(tx, units, "li", clock.now())
        found = contradictions(tx, releases.pending_moves(tx, None))
        assert {one.digest for one in found} <= {one.digest for one in check(tx, clock.now())}
        return [(one.unit.id, one.other.id if one.other else "") for one in found]

    def published(*units: Unit) -> None:
        releases.save_drafts(tx, units, "li", clock.now())
        releases.publish(tx, "wang", "", clock.now())

    with database.write() as tx:
        published(permit(10), fee("工本费10元。"), fee("手续费10元。", "other"))
        assert drafted(fee("工本费20元。")) == [("fee", "permit")]
        assert drafted(fee("工本费10元，可以刷卡。")) == []
        assert sorted(drafted(permit(20))) == [("fee", "permit"), ("other", "permit")]
        assert sorted(drafted(fee("工本费20元。"))) == [("other", "permit")]
        published(fee("手续费20元。", "other"))
        assert drafted(fee("来窗口办。", "third")) == []


def test_what_stood_wrong_before_does_not_hold_up_something_else(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, [permit(10), fee("工本费20元。")], "li", clock.now())
        releases.publish(tx, "wang", "", clock.now())
        releases.save_drafts(tx, [fee("来窗口办。", "third")], "li", clock.now())
        assert contradictions(tx, releases.pending_moves(tx, None)) == []
