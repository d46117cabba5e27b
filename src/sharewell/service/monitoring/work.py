"""The long work of monitoring, which the worker does."""

from sharewell.service.monitoring.uploads import work

__all__ = ["work"]
