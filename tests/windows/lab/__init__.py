"""A Windows to try the product on, for Linux machines whose user is root.

CPython for Windows runs under Wine, in a Debian that a folder holds; nothing is installed on the machine itself but
debootstrap. Git for Windows does not run under Wine, so ``git.exe`` and ``bash.exe`` are small programs of our own
(relay.c): they hand their call over to the real git of that Debian (relay.py), which answers with the paths and with
the settings that Git for Windows has.

    python -m tests.windows.lab up [--user NAME]      set it up; where that was done before, only start it
    python -m tests.windows.lab run PROGRAM ...       a program of that Windows, in the current folder
    python -m tests.windows.lab at FOLDER PROGRAM ... in a folder of that Windows: at 'C:/blog' python manage.py check
    python -m tests.windows.lab down                  end everything that runs there
    python -m tests.windows.lab remove                delete it

It is kept in ``.tools/windows-lab``, or where ``SIMPLE_DEPLOY_WINDOWS_LAB`` says, so that several checkouts share one.
"""
