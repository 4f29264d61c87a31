"""Orders API: FastAPI on PostgreSQL, with its migrations."""
