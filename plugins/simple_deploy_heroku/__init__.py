"""Deploys to Heroku."""
