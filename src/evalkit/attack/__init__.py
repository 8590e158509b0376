"""The attacker: what a reader can work out from everything that is published.

Shares no code with the protection. Order inside: unknown_counts < facts < bounds < findings < cases, reading < publication < audit.
"""

from .audit import audit

__all__ = ["audit"]
