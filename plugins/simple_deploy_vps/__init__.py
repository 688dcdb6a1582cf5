"""Deploys to a server of one's own."""
