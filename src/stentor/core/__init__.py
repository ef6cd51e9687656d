"""What a message means: pure decisions as plain functions, use cases as `async def` over the ports."""
