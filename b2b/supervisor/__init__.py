"""Starts, watches and stops everything a running copy needs: PostgreSQL, Valkey and the platform's processes.

Standard library only. `python -m b2b.supervisor up | servers | exec -- COMMAND...`; what each does is in
`docs/run.md`.
"""
