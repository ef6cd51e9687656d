"""What the tests share: the program as a process, a small HTTP client, a receiver of reports, waiting."""
