"""/push: applications, single push messages and their reports (`spec/wire.md` A2)."""
