"""Lessons are files: what to say, what to try, what to look at, what to ask. These come along; teachers write more."""
