"""Deploys to Upsun."""
