"""Upsun played on this computer: an ``upsun`` program, and containers that build and run what is pushed."""
