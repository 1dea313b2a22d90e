"""Compliance in the office: documents and their queue, what is asked for, what ends, a partner's areas."""

from partners.compliance.admin import documents, requirements

__all__ = ["documents", "requirements"]
