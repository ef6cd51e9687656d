"""Bodies in XML: read into the models that JSON is read into, and written from them."""
