"""A server for a class whose computers can install nothing: a dashboard for each pupil, on one machine with Linux."""
