"""Every error of ours, in one tree.

ZhengwuError
├── ConfigError              a setting or file is missing or wrong; the text names it and the cure
├── KnowledgeError           the knowledge base refuses
│   ├── ContentError         a unit, row or file is malformed
│   └── PublishError         a release may not be made
├── LeaseLost                another worker has taken the message over; nothing may be committed
├── VaultError               a masked value is unknown, expired or cannot be decrypted
├── AccountError             a staff account is unknown, or may not do that
├── ChannelError             a messaging platform or its message is at fault
│   ├── SignatureError
│   └── DecodeError
└── BackendError             a system we depend on did not answer as agreed
    ├── BackendTimeout
    └── BackendRejected
"""


class ZhengwuError(Exception):
    """Base of all; its text is for an operator and says what happened, where, and what to do."""


class ConfigError(ZhengwuError):
    pass


class KnowledgeError(ZhengwuError):
    pass


class ContentError(KnowledgeError):
    pass


class PublishError(KnowledgeError):
    pass


class LeaseLost(ZhengwuError):
    pass


class VaultError(ZhengwuError):
    pass


class AccountError(ZhengwuError):
    """`reason` is one word for it, by which a page finds its own sentence."""

    def __init__(self, text: str, reason: str = "other") -> None:
        super().__init__(text)
        self.reason = reason


class ChannelError(ZhengwuError):
    pass


class SignatureError(ChannelError):
    pass


class DecodeError(ChannelError):
    pass


class BackendError(ZhengwuError):
    pass


class BackendTimeout(BackendError):
    pass


class BackendRejected(BackendError):
    pass
