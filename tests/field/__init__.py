"""Other people's projects: traits that public bug reports tell of, each rebuilt small."""
