"""The parts of :mod:`simple_deploy.testing`; import from there."""
