"""Deploys to a server of one's own, or to one that it rents first."""
