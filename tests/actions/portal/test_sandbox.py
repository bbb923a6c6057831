"""Who may ask the sandbox, what, and what opens an application."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from sandbox_helpers import BUSINESS, LAST_FOUR, NUMBER, PERSON, SECRET, UNKNOWN, Caller, Signer, problem

from actions.portal.sandbox import background
from foundation.clock import FixedClock
from foundation.settings import Settings

# who may ask


@pytest.mark.parametrize(
    "signer",
    [
        {"secret": "another"},
        {"key": "another"},
        {"nonce": "short"},
        {"nonce": "n" * 65},
        {"nonce": "with blanks in it!"},
        {"stamp": "now"},
        {"stamp": "1.5e9"},
        {"stamp": "-1"},
        {"stamp": "9" * 40},
    ],
)
def test_whoever_has_not_the_key_is_refused(portal: Caller, clock: FixedClock, signer: dict[str, str]) -> None:
    assert problem(portal.get("/v1/health", signer=Signer(clock, **signer))) == "signature"


def test_nothing_of_the_request_may_be_changed(portal: Caller) -> None:
    def late(change: Callable[[requests.PreparedRequest], None]) -> Callable[[requests.PreparedRequest], Any]:
        def sign_and_change(request: requests.PreparedRequest) -> requests.PreparedRequest:
            change(portal.signer(request))
            return request

        return sign_and_change

    def body(request: requests.PreparedRequest) -> None:
        request.body = b'{"number": "SLS2026-110412-0088"}'

    def path(request: requests.PreparedRequest) -> None:
        request.url = f"{request.url}?more=1"

    def stamp(request: requests.PreparedRequest) -> None:
        request.headers["X-Portal-Timestamp"] = str(int(request.headers["X-Portal-Timestamp"]) + 1)

    for change in (body, path, stamp):
        answer = portal.post("/v1/codes", {"number": NUMBER}, signer=late(change))
        assert problem(answer) == "signature", change.__name__
    assert portal.codes() == []


def test_a_query_is_signed_too(portal: Caller) -> None:
    assert portal.get("/v1/health?verbose=%E6%98%AF").status_code == 200


@pytest.mark.parametrize(("ahead", "taken"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_the_clocks_may_be_five_minutes_apart(portal: Caller, clock: FixedClock, ahead: int, taken: bool) -> None:
    answer = portal.get("/v1/health", signer=Signer(FixedClock(clock.now() + timedelta(seconds=ahead))))
    assert answer.status_code == (200 if taken else 401)
    assert taken or problem(answer) == "clock-skew"
    assert parsedate_to_datetime(answer.headers["Date"]) == clock.now()


def test_a_request_is_taken_once(portal: Caller, clock: FixedClock) -> None:
    ahead = Signer(FixedClock(clock.now() + timedelta(seconds=299)), nonce="3q2-7w_Jt0aVbXcZ")
    assert portal.get("/v1/health", signer=ahead).status_code == 200
    assert problem(portal.get("/v1/health", signer=ahead)) == "signature"
    clock.advance(seconds=598)  # its timestamp is still good
    assert problem(portal.get("/v1/health", signer=ahead)) == "signature"
    clock.advance(seconds=2)
    assert problem(portal.get("/v1/health", signer=ahead)) == "clock-skew"


def test_what_is_refused_has_not_used_up_its_nonce(portal: Caller, clock: FixedClock) -> None:
    nonce = "3q2-7w_Jt0aVbXcZ"
    assert problem(portal.get("/v1/health", signer=Signer(clock, secret="another", nonce=nonce))) == "signature"
    assert portal.get("/v1/health", signer=Signer(clock, nonce=nonce)).status_code == 200


# what may be asked


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"number": 1}', b'{"number": ""}', b"\xff", b"[" * 15000, b'{"number": "a b"}',
        b'{"number": "' + b"a" * 65 + b'"}', b'{"number": "SLS1\\n"}', b'{"number": "\\ud800"}', b'{"number": "../x"}',
        b'{"number": "' + b"a" * 17000 + b'"}',
    ],
)  # fmt: skip
def test_what_the_contract_has_not_is_an_invalid_request(portal: Caller, body: bytes) -> None:
    answer = portal.post("/v1/codes", body)
    assert (answer.status_code, problem(answer)) == (400, "invalid-request")


@pytest.mark.parametrize(
    "proof",
    [
        None,
        {},
        {"kind": "id_last4"},
        {"kind": "id_last4", "value": "123x"},
        {"kind": "id_last4", "value": "1234\n"},
        {"kind": "uscc", "value": "1234"},
        {"kind": "code", "value": "123456"},
        "123X",
        ["id_last4", "123X"],
    ],
)
def test_a_proof_of_another_shape(portal: Caller, proof: Any) -> None:
    answer = portal.post("/v1/applications/lookup", {"number": NUMBER, "proof": proof})
    assert problem(answer) == "invalid-request"


def test_either_a_proof_or_a_person(portal: Caller) -> None:
    neither = portal.post("/v1/applications/lookup", {"number": NUMBER})
    proof = {"kind": "id_last4", "value": LAST_FOUR}
    both = portal.post("/v1/applications/lookup", {"number": NUMBER, "proof": proof}, Authorization=f"Bearer {PERSON}")
    assert problem(neither) == problem(both) == "invalid-request"


def test_other_addresses_and_methods(portal: Caller) -> None:
    assert portal.get("/v2/health").status_code == 404
    answer = portal.get("/v1/codes")
    assert answer.status_code == 405 and answer.headers["Allow"] == "POST"
    assert portal.post("/v1/codes", {"number": NUMBER}, Content_Type="text/plain").status_code == 400


# proofs


def test_the_last_four_open_one_application(portal: Caller) -> None:
    found = portal.lookup().json()
    assert (found["number"], found["state"], found["item_id"]) == (NUMBER, "review", "residence-permit-apply")
    assert found["events"][0]["text"].startswith("申请已提交")


def test_a_number_may_be_written_small(portal: Caller) -> None:
    assert portal.lookup(NUMBER.lower()).json()["number"] == NUMBER


def test_nobody_learns_which_numbers_exist(portal: Caller) -> None:
    wrong, unknown = portal.lookup(NUMBER, "0000"), portal.lookup(UNKNOWN, "0000")
    anothers = portal.lookup(NUMBER, "0011")
    business = portal.lookup(BUSINESS, "0000")
    assert problem(wrong) == "not-matched"
    assert wrong.content == unknown.content == anothers.content == business.content
    assert [dict(one.headers) for one in (wrong, anothers, business)] == [dict(unknown.headers)] * 3


def test_it_takes_as_long_to_say_no(portal: Caller, clock: FixedClock) -> None:
    def median(number: str) -> float:
        times = []
        for _ in range(40):
            began = time.perf_counter()
            portal.lookup(number, "0000")
            times.append(time.perf_counter() - began)
            clock.advance(minutes=10)  # not to be limited
        return statistics.median(times)

    known, unknown = median(NUMBER), median(UNKNOWN)
    assert 1 / 3 < known / unknown < 3


def test_too_many_wrong_proofs_close_a_number_for_a_while(portal: Caller, clock: FixedClock) -> None:
    for number in (NUMBER, UNKNOWN):
        assert {problem(portal.lookup(number, "0000")) for _ in range(20)} == {"not-matched"}
    right, unknown = portal.lookup(), portal.lookup(UNKNOWN, "0000")
    assert problem(right) == "too-many-attempts" and right.content == unknown.content
    assert right.headers["Retry-After"] == unknown.headers["Retry-After"] == "3600"
    assert portal.lookup("SLS2026-110418-0102").status_code == 200
    clock.advance(seconds=3600)
    assert portal.lookup().status_code == 200


# codes


def test_a_code_opens_once(portal: Caller) -> None:
    asked = portal.send_code(BUSINESS)
    assert asked.status_code == 202 and asked.json().keys() == {"request_id", "expires_in", "resend_after"}
    (sent,) = portal.codes()
    assert sent.keys() == {"number", "phone", "code", "at"} and len(sent["code"]) == 6
    request_id = asked.json()["request_id"]
    assert portal.with_code(BUSINESS, request_id, sent["code"]).json()["state"] == "correction"
    assert problem(portal.with_code(BUSINESS, request_id, sent["code"])) == "code-expired"


def test_a_code_lives_five_minutes(portal: Caller, clock: FixedClock) -> None:
    for seconds, outcome in ((299, 200), (300, 410)):
        request_id = portal.send_code(NUMBER).json()["request_id"]
        clock.advance(seconds=seconds)
        assert portal.with_code(NUMBER, request_id, portal.codes()[-1]["code"]).status_code == outcome


@pytest.mark.parametrize("number", [NUMBER, UNKNOWN])
def test_five_tries_whether_the_number_exists_or_not(portal: Caller, number: str) -> None:
    request_id = portal.send_code(number).json()["request_id"]
    code = portal.codes()[-1]["code"] if portal.codes() else "000000"
    wrong = f"{(int(code) + 1) % 10**6:06}"
    tries = [problem(portal.with_code(number, request_id, wrong)) for _ in range(5)]
    assert tries == ["not-matched"] * 5
    assert problem(portal.with_code(number, request_id, code)) == "code-expired"


def test_a_code_is_for_one_number(portal: Caller) -> None:
    request_id = portal.send_code(NUMBER).json()["request_id"]
    code = portal.codes()[-1]["code"]
    assert problem(portal.with_code(BUSINESS, request_id, code)) == "not-matched"
    assert problem(portal.with_code(BUSINESS, "never-made", code)) == "code-expired"


@pytest.mark.parametrize("number", [NUMBER, UNKNOWN])
def test_five_codes_an_hour_one_a_minute(portal: Caller, clock: FixedClock, number: str) -> None:
    answers = []
    for _ in range(5):
        answers.append(portal.send_code(number).status_code)
        soon = portal.send_code(number)
        assert (problem(soon), soon.headers["Retry-After"]) == ("too-many-attempts", "60")
        clock.advance(seconds=60)
    assert answers == [202] * 5
    sixth = portal.send_code(number)
    assert (problem(sixth), sixth.headers["Retry-After"]) == ("too-many-attempts", "3300")
    clock.advance(seconds=3300)
    assert portal.send_code(number).status_code == 202
    assert len(portal.codes()) == (6 if number == NUMBER else 0)


def test_codes_are_not_told_to_the_asker(portal: Caller) -> None:
    known, unknown = portal.send_code(NUMBER), portal.send_code(UNKNOWN)
    (sent,) = portal.codes()
    assert sent["code"] not in known.text and sent["phone"] not in known.text
    same = [{**one.json(), "request_id": "…"} for one in (known, unknown)]
    assert same[0] == same[1] and len(known.text) == len(unknown.text)


# persons, watch tokens


@pytest.mark.parametrize("token", [PERSON, f"eyJ.x.{PERSON}"])
def test_a_person_sees_their_own(portal: Caller, token: str) -> None:
    mine = portal.get("/v1/persons/me/applications", Authorization=f"Bearer {token}").json()["applications"]
    assert NUMBER in [one["number"] for one in mine] and len(mine) >= 3
    assert [one["submitted_at"] for one in mine] == sorted((one["submitted_at"] for one in mine), reverse=True)
    own = portal.post("/v1/applications/lookup", {"number": NUMBER}, Authorization=f"Bearer {token}")
    others = portal.post("/v1/applications/lookup", {"number": BUSINESS}, Authorization=f"Bearer {token}")
    assert own.json()["number"] == NUMBER and problem(others) == "not-matched"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x.somebody"},
        {"Authorization": f"Basic {PERSON}"},
    ],
)
def test_nobody_else_is_a_person(portal: Caller, header: dict[str, str]) -> None:
    assert problem(portal.get("/v1/persons/me/applications", **header)) == "access-expired"


def test_a_watch_token_is_for_one_application_and_ninety_days(portal: Caller, clock: FixedClock) -> None:
    token = portal.lookup().json()["watch_token"]
    assert NUMBER not in token and LAST_FOUR not in token
    clock.advance(days=89)
    again = portal.post("/v1/applications/watched", {"watch_token": token})
    assert again.json()["number"] == NUMBER and again.json()["watch_token"] != token
    clock.advance(days=1)
    assert problem(portal.post("/v1/applications/watched", {"watch_token": token})) == "access-expired"
    newer = again.json()["watch_token"]
    assert portal.post("/v1/applications/watched", {"watch_token": newer}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: t.replace("w1.", "w1.1"),
        lambda t: "w1.ffffffffffffffffffff.00",
        lambda t: "w1.zz.zz.zzzzzzzzzzzz",
        lambda t: "x" * 512,
    ],
)
def test_a_watch_token_cannot_be_made_up(portal: Caller, change: Callable[[str], str]) -> None:
    token = change(portal.lookup().json()["watch_token"])
    assert problem(portal.post("/v1/applications/watched", {"watch_token": token})) == "access-expired"


def test_a_watch_token_outlives_a_restart(settings: Settings, clock: FixedClock) -> None:
    own = settings.copy(update={"portal_secret": SecretStr(SECRET)})
    with background(own, clock) as url:
        token = Caller(url, clock).lookup().json()["watch_token"]
    with background(own, clock) as url:
        assert Caller(url, clock).post("/v1/applications/watched", {"watch_token": token}).status_code == 200
