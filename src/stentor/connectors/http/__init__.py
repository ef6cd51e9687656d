"""Another platform of the same API as a connector: two of them work in a row."""
