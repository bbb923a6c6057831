"""What a gateway counts; served at /metrics. Nothing personal is a label."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from foundation.counts import Elsewhere

registry = CollectorRegistry()
elsewhere = Elsewhere()
"""What the workers have counted: look-ups at the portal."""
registry.register(elsewhere)

accepted = Counter("zhengwu_messages_total", "Messages stored", ["channel"], registry=registry)
duplicates = Counter("zhengwu_duplicates_total", "Messages seen before", ["channel"], registry=registry)
refused = Counter("zhengwu_refused_total", "Messages refused", ["channel", "status"], registry=registry)
ready = Gauge("zhengwu_ready", "Whether a message can be answered: 1 where /health says ok", registry=registry)
inbox_waiting = Gauge(
    "zhengwu_inbox_waiting", "Messages whose turn is not done; NaN while the database does not tell", registry=registry
)
workers_degraded = Gauge(
    "zhengwu_workers_degraded", "Workers without their encoder, or with an old release", registry=registry
)
sends = Counter(
    "zhengwu_sends_total",
    "Calls to a messaging platform by what came of them",
    ["channel", "outcome"],
    registry=registry,
)
held = Gauge(
    "zhengwu_replies_held", "Replies that wait until their citizen writes again", ["channel"], registry=registry
)
expired = Counter("zhengwu_replies_expired_total", "Replies given up after 48 hours", ["channel"], registry=registry)
sockets = Gauge("zhengwu_sockets", "Open web chats", registry=registry)
latency = Histogram(
    "zhengwu_reply_seconds",
    "From the wait for a turn to its replies",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=registry,
)
kf_skipped = Counter(
    "zhengwu_kf_skipped_total",
    "Messages of WeChat customer service that the bot does not answer: old, person, refused, failed",
    ["reason"],
    registry=registry,
)
kf_failed = Counter(
    "zhengwu_kf_failed_total",
    "Messages that WeChat customer service took and did not deliver, by its fail_type",
    ["fail_type"],
    registry=registry,
)
sign_ins = Counter(
    "zhengwu_sign_ins_total",
    "Sign-ins at the identity service: begun, done, digits, confirmed, wrong_digits, cancelled, stale, other_browser, "
    "rejected, invalid, unreachable, misconfigured",
    ["outcome"],
    registry=registry,
)


def exposition() -> bytes:
    """All numbers in Prometheus' text format."""
    return generate_latest(registry)
