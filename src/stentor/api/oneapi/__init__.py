"""OneAPI: the dialect of oneapi.infobip.com (`spec/wire.md` A4 and (b)11, 001 "Send SMS messages")."""
