"""Deploys to this computer."""
