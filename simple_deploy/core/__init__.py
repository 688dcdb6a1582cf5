"""Plain data and pure functions that every other layer shares: standard library only."""
