"""All that an installation keeps of a citizen: a process that erases it, or lets go of it in time, imports this.

Each package registers its own tables when it is imported; the gateway would not import all of these.
"""

from __future__ import annotations

from actions import tables as tables
from channels import tables as channel_tables  # noqa: F401
from desk import case_tables as case_tables
from desk import tables as desk_tables  # noqa: F401
from foundation import attempts as attempts
from foundation import dialogue as dialogue
from foundation import erasures as erasures
from foundation import retention_runs as retention_runs
from foundation import rights as rights
from foundation import sessions as sessions
from foundation import sign_ins as sign_ins
from insights import recording as recording
from insights import retention as turns_retention  # noqa: F401
from knowledge_base import records as records
from knowledge_base.importing import uploads as uploads
from knowledge_base.recalls import tables as recall_tables  # noqa: F401
