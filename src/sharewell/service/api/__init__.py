"""The API: what the pages do, for programs. Each app adds its own router."""
