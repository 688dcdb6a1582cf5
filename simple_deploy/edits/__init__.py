"""Text in, text out: the editors that change files of a project.

Every editor takes the text of one file (newlines are ``"\\n"``, see :mod:`.textfile`) and returns the new text. It
touches no disk, asks nobody, and raises nothing but :class:`~simple_deploy.edits.errors.EditError`.
"""
