"""The readers of logs, one a format, and what they share: bytes to text, names to columns, rows to a trace."""
