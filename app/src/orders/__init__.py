"""Orders API: FastAPI on PostgreSQL or SQLite, with its migrations."""
