"""The API of applications on phones: registration, phone number, receipts (`spec/wire.md` A2)."""
