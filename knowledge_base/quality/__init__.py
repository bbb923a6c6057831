"""Quality 质量: what is wrong with the content as the next release would hold it, how to mend it, what may stay.

Finding is done by one module per question: `gaps`, `wording`, `disagreements`, `matters`, `near_duplicates`, `links`,
`files`;
`report` asks them all. Publishing asks `knowledge_base.findings` alone, of what enters.
"""

from knowledge_base.findings import Finding
from knowledge_base.quality.report import check

__all__ = ["Finding", "check"]
