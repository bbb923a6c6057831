"""What WeChat tells us beside messages, counted for /metrics."""

from prometheus_client import Counter

from channels.metrics import registry

pushed = Counter(
    "zhengwu_wechat_events_total", "Events pushed by WeChat", ["channel", "event", "status"], registry=registry
)
"""`event` is one that channels.wechat.incoming knows, else "other"; `status` is what became of a message of ours."""
