"""Plays Fly.io on this computer, by the rules of its fact sheet: what it builds, runs, says and refuses."""
