"""Accounts, roles, scope and the audit trail."""
