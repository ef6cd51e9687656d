"""FCM HTTP v1 and APNs: clients over HTTP/2 (`spec/domain.md` 5)."""
