"""A program of its own, run by its path: tries a planned project as its platform would run it.

The interpreter of the trial runs it, in the folder of manage.py. There is Django and what the project declares, but not
this tool. So it imports only its own modules, and one that needs nothing else.
"""

from pathlib import Path

#: That of manage.py. Settings may go to another one, with ``os.chdir``.
FOLDER = Path.cwd()
