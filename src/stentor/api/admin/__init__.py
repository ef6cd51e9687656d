"""The management API, /admin/1/...: a resource for each kind of definition, and what operators ask of the platform."""
