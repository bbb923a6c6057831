"""What a draft is asked for, and how it reads: questions, the summary, the acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from actions.complaints.draft import ASKS, Draft
from actions.complaints.sentences import entry, sentence
from desk.case_private import TOKEN, blank
from desk.case_rules import KINDS, Rules
from desk.case_words import WORDS, kind_title
from foundation.masking import EMAIL

SHOWN = 400
"""Characters of the matter that the summary shows."""
OPENING = 30


def question(draft: Draft) -> str:
    """What is asked for next."""
    step = draft.awaits
    if step == "summary":
        return summary(draft)
    if step == "what":
        opening = draft.opening if not draft.what else ""
        if opening:
            return sentence("ask_more_of", opening=shown(opening, OPENING)) + secrecy(draft)
        return sentence(f"ask_what.{draft.kind}")
    if step == "contact" and draft.confidential:
        return sentence("ask_contact_report")
    return sentence(f"ask_{step}")


def choices(draft: Draft) -> Sequence[str]:
    """What may be chosen at this step."""
    step = draft.awaits
    if step == "kind":
        return [kind_title(kind) for kind in KINDS]
    if step == "which":
        titles = entry("choices.parts")
        return [titles[part] for part in parts(draft)]
    return list(entry("choices.summary").values()) if step == "summary" else ()


def parts(draft: Draft) -> Sequence[str]:
    """What of a draft may be said anew, in the order of the summary."""
    return ["kind", "what", *ASKS[draft.kind or "praise"], "contact"]


def summary(draft: Draft) -> str:
    """All that was said, to be looked over before it is filed."""
    lines = [sentence("summary", kind=name_of(draft), what=shown(draft.matter, SHOWN))]
    for part in ASKS[draft.kind or "praise"]:
        said = getattr(draft, part)
        lines.append(sentence(f"summary_{part}", **{part: shown(said, SHOWN) if said else sentence("none")}))
    lines.append(sentence("summary_contact", contact=contact(draft)))
    return "\n".join(lines)


def contact(draft: Draft) -> str:
    """Whether there is one; never what it is."""
    kind = TOKEN.fullmatch(draft.contact or "")
    if kind is None:
        return sentence("contact_none")
    return sentence("contact_left", which=entry("contacts").get(kind[1]) or sentence("contact_other"))


def filed(draft: Draft, department: str, rules: Rules) -> str:
    """The acknowledgement."""
    general = department == rules.general
    forwarded = sentence("forwarded_general") if general else sentence("forwarded", department=department)
    name = f"filed_{draft.kind}" if draft.kind in ("report", "praise") else "filed"
    text = sentence(name, kind=name_of(draft), number=draft.number, forwarded=forwarded)
    if not draft.contact:
        return text
    by_mail = draft.contact.startswith(f"⟦{EMAIL}:")
    return f"{text}\n{sentence('filed_with_mail' if by_mail else 'filed_with_contact')}"


def waiting(draft: Draft) -> str:
    """What is still awaited, after something else was answered."""
    return sentence("waiting", kind=in_public(draft), next=sentence(f"waiting_next.{draft.awaits}"))


def parting(draft: Draft) -> str:
    """That nothing was filed yet, and how to go on."""
    return sentence("parting", kind=in_public(draft), wish=wish(draft))


def in_public(draft: Draft) -> str:
    """What a draft is called beside other answers, which more people may read: never a report."""
    return sentence("nothing") if draft.confidential else name_of(draft)


def name_of(draft: Draft) -> str:
    """投诉, 举报 …, or 诉求 while it is not known which."""
    return kind_title(draft.kind) if draft.kind else sentence("nothing")


def wish(draft: Draft) -> str:
    """What brings the form back; 我要投诉 does for a report, too."""
    return kind_title("complaint" if draft.confidential else draft.kind or "complaint")


def secrecy(draft: Draft) -> str:
    return f"\n{sentence('secrecy')}" if draft.confidential else ""


def shown(text: str, most: int) -> str:
    """A masked text as the citizen reads it again."""
    said = blank(text, WORDS.entry("hidden"))
    return said if len(said) <= most else sentence("cut", text=said[:most])
