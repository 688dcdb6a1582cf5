"""Known causes of failed installations: what uv, pip, compilers and build backends print."""

from __future__ import annotations

from simple_deploy.core.known_failures.model import Cause

_PACKAGE = r"([A-Za-z0-9][\w.-]*)"

CAUSES: tuple[Cause, ...] = (
    # -- what is asked for --
    Cause(
        id="package-unknown",
        pattern=rf"{_PACKAGE} was not found in the package registry",
        title="There is no package called {0} on the package index.",
        fix="Check its spelling. A package of a private index needs that index in the dependency file too.",
    ),
    Cause(
        id="package-unknown",
        pattern=r"Could not find a version that satisfies the requirement ([A-Za-z0-9][\w.-]*)\S* .*from "
        r"versions: none",
        title="The package index offers no {0} that this computer could install.",
        fix="Check its spelling. It may exist only for another system or another Python.",
    ),
    Cause(
        id="package-version",
        pattern=rf"(?:there is no version of {_PACKAGE}==(\S+?)(?= and|,|$)"
        rf"|(?:No matching distribution found for|satisfies the requirement) {_PACKAGE}==([^\s;]+))",
        title="There is no version {1}{3} of {0}{2}.",
        fix="Name a version that exists, or leave the version out.",
    ),
    Cause(
        id="package-limited",
        pattern=r"only ((?:the following versions of )?[A-Za-z0-9][\w.-]*\S*) (?:is|are) available",
        title="The package index has no version of a package that the project asks for: it has only {0}.",
        fix="Ask for a version that exists.",
        general=True,
    ),
    Cause(
        id="package-yanked",
        pattern=rf"{_PACKAGE}==(\S+) was yanked",
        title="Version {1} of {0} was withdrawn by its maintainers.",
        fix="Ask for a later version.",
    ),
    Cause(
        id="no-matching-package",
        pattern=r"No matching distribution found for (\S+)",
        title="The package index was asked for {0}, and no version that fits was found.",
        fix="Check its name and version, whether it supports this Python, and whether the index can be reached.",
        general=True,
    ),
    Cause(
        id="wheel-for-another",
        pattern=rf"{_PACKAGE}==(\S+) has no (?:usable )?wheels(?: with a matching (?:Python|platform|ABI)[\w ]*tag)?",
        title="Version {1} of {0} exists only for other systems or other Pythons.",
        fix="Ask for a version that supports this Python and this system, or use a Python that it supports.",
    ),
    Cause(
        id="python-version",
        pattern=rf"(?:[Pp]ython version \(([^)]+)\) does not satisfy Python(\S+) and {_PACKAGE})",
        title="{2} needs Python {1}, and {0} is used.",
        fix="Choose another Python version for the deployment, or a version of {2} that supports this one.",
    ),
    Cause(
        id="python-version",
        pattern=rf"Package '{_PACKAGE}' requires a different Python: (\S+) not in '([^']+)'",
        title="{0} needs Python {2}, and {1} is used.",
        fix="Choose another Python version for the deployment, or a version of {0} that supports this one.",
    ),
    Cause(
        id="python-version",
        pattern=r"(?:requires a different Python|Requires-Python|is not compatible with the locked|"
        r"current Python version \(([\d.]+)\) is not allowed|the requested Python version)",
        title="A package does not work with the Python that is used there.",
        fix="Choose another Python version for the deployment, or packages that support it.",
        general=True,
    ),
    Cause(
        id="no-interpreter",
        pattern=r"No interpreter found (?:for|at path) (?:Python )?`?([^`]+?)`?(?= in |$)",
        title="Python {0} is not on this computer.",
        fix="Install it (`uv python install` brings any version), or ask for a version that is here.",
        url="https://docs.astral.sh/uv/guides/install-python/",
    ),
    Cause(
        id="conflict",
        pattern=r"your (?:project's )?requirements are unsatisfiable|ResolutionImpossible",
        title="Two requirements exclude each other.",
        fix="Loosen or change one of these versions.",
        general=True,
    ),
    Cause(
        id="bad-line",
        pattern=r"(?:Couldn't parse requirement in `([^`]+)`|Invalid requirement: '([^']+)'"
        r"|expected '-c', '-e', '-r' or the start of a requirement: (\S+))",
        title="A line of the requirements cannot be understood: {0}{1}{2}",
        fix="A line is the name of a package, with == and a version if you want one: Django==5.2. Fix or delete it.",
        url="https://pip.pypa.io/en/stable/reference/requirements-file-format/",
    ),
    Cause(
        id="include-missing",
        pattern=r"failed to read from file `([^`]+)`|Could not open requirements file: .*'([^']+)'",
        title="The requirements include {0}{1}, which is not there.",
        fix="Commit that file, or delete the line that includes it.",
    ),
    Cause(
        id="local-package",
        pattern=r"(\S+) is not a valid editable requirement",
        title="The project asks for a package in a folder that is not there: {0}",
        fix="If the folder is part of the project, commit it; otherwise delete the line.",
    ),
    Cause(
        id="no-package-there",
        pattern=r"[`: ]([^`\s]+)`? does not appear to be a Python project",
        title="The project asks for the package in {0}, and there is no package: no pyproject.toml and no setup.py.",
        fix="If one of them is here, commit it. A site is no package: delete the line that installs it from its own "
        "folder (-e . in requirements.txt).",
    ),
    Cause(
        id="local-package",
        pattern=r"Distribution not found at: (file:\S+)|Expected package directory[^/\\]*(\S*)",
        title="The project asks for a package in a folder that is not there: {0}{1}",
        fix="If the folder is part of the project, commit it. A path on another computer, as `pip freeze` writes it, "
        "cannot be installed: write the package's name and version instead.",
    ),
    Cause(
        id="hashes",
        pattern=r"Hash mismatch for `?([^\s`]+)|DO NOT MATCH THE HASHES|In `?--require-hashes`? mode",
        title="The hashes in the requirements do not match the packages. {0}",
        fix="Create the requirements again with the tool that wrote the hashes.",
    ),
    Cause(
        id="lock-stale",
        pattern=r"(?:lock ?file (?:at `?([^`]+)`? )?needs to be updated|changed significantly since poetry\.lock"
        r"|Pipfile\.lock \([^)]*\) out of date|poetry\.lock is not up to date|lock file is out of date)",
        title="The lock file does not match the project's dependency file.",
        fix="Refresh it with the manager's own command (`uv lock`, `poetry lock`, `pipenv lock`), and commit it.",
    ),
    Cause(
        id="no-package-of-its-own",
        pattern=r"no directory that matches the name of your project \(([^)]+)\)|Multiple top-level packages discovered"
        r"|No file/folder found for package (\S+)",
        title="The installer builds the project itself as a package, and there is no folder with its name {0}{1}.",
        fix="A site is not a package. For uv: delete [build-system] from pyproject.toml, or write `package = false` "
        "below [tool.uv]. For Poetry: write `package-mode = false` below [tool.poetry].",
        url="https://docs.astral.sh/uv/concepts/projects/config/#project-packaging",
    ),
    # -- in the words of Poetry and PDM --
    Cause(
        id="package-unmatched",
        pattern=rf"depends on {_PACKAGE} \(\*\) which doesn't match any versions",
        title="Poetry was told of no package called {0} by the package index.",
        fix="Check its spelling. If it is right, the index may not support what Poetry asks for; then lock "
        "on a computer that uses another one.",
    ),
    Cause(
        id="package-unmatched",
        pattern=rf"depends on {_PACKAGE} \(([^)]+)\) which doesn't match any versions",
        title="The package index has no version of {0} that fits {1}.",
        fix="Ask for a version that exists. If it does, the index may not support what Poetry asks for; then lock "
        "on a computer that uses another one.",
    ),
    Cause(
        id="package-unmatched",
        pattern=rf"Unable to find candidates for {_PACKAGE}\.",
        title="PDM was told of no version of {0} by the package index.",
        fix="Check its spelling, and whether the index can be reached.",
    ),
    Cause(
        id="package-unmatched",
        pattern=rf"Unable to find a resolution for {_PACKAGE}$",
        title="No version of {0} fits what the project asks for.",
        fix="Check its name and the requested versions.",
        general=True,
    ),
    Cause(
        id="python-range",
        pattern=rf"depends on {_PACKAGE} \(([^)]+)\) which requires Python (\S+), version solving failed",
        title="{0} {1} needs Python {2}, and the project allows others as well.",
        fix="Narrow the project's range of Pythons in pyproject.toml to {2}, or ask for a version of {0} that supports "
        "all of it.",
    ),
    Cause(
        id="python-range",
        pattern=r"python(\S+) \(from <Candidate ([\w.-]+)@(\S+)",
        title="{1} {2} needs Python {0}, and the project allows others as well.",
        fix="Narrow requires-python in pyproject.toml to {0}, or ask for a version of {1} that supports all of it.",
    ),
    Cause(
        id="versions-exclude",
        pattern=r"^(?:cause: |So, )?[Bb]ecause (.+?)(?:, \S+ is forbidden)?, version solving failed",
        title="Two requirements exclude each other: {0}.",
        fix="Loosen or change one of these versions.",
        general=True,
    ),
    Cause(
        id="versions-exclude",
        pattern=rf"^\s+{_PACKAGE}(\S+) \(from project\)",
        title="The project asks for {0}{1}, and another of its packages needs a different version of {0}.",
        fix="Loosen or change one of these versions.",
    ),
    Cause(
        id="bad-line",
        pattern=r"The requirement is invalid: (.+)|\[RequirementError\]: (\S+): |^'([^']+)': Expected semicolon",
        title="A requirement cannot be understood: {0}{1}{2}",
        fix="A requirement is a name with a range of versions, such as django>=5.2. Correct it.",
    ),
    Cause(
        id="index-away",
        pattern=r"All attempts to connect to (\S+) failed|\[(?:ConnectError|ConnectTimeout|ReadTimeout)\]:",
        title="The packages cannot be downloaded: the package index does not answer.",
        fix="Check the network connection (and proxy, if you use one), then try again.",
    ),
    # -- building --
    Cause(
        id="no-compiler",
        pattern=r"(?:No such file or directory: '(gcc|g\+\+|cc|c\+\+|clang|x86_64-linux-gnu-gcc|-f[\w-]+)'"
        r"|command '(gcc|cc|clang|x86_64-linux-gnu-gcc)' failed: No such file"
        r"|unable to execute '?(gcc|cc|clang|x86_64-linux-gnu-gcc)'?"
        r"|(Microsoft Visual C\+\+ 14\.\d or greater is required)|(xcrun: error: invalid active developer path))",
        title="A package has to be compiled, and there is no compiler.",
        fix="Use a version of the package that comes ready-made (a wheel) for this Python. Or install a compiler: "
        "`apt install gcc libc6-dev` on Debian and Ubuntu, `xcode-select --install` on macOS, the Build Tools for "
        "Visual Studio on Windows.",
    ),
    Cause(
        id="too-old-for-python",
        pattern=r"fatal error: ['\"]?(longintrepr\.h)|has no member named ['‘](ob_digit|tstate_\w+|curexc_\w+)"
        r"|error: implicit declaration of function ['‘](_?Py\w+)|AttributeError: module 'pkgutil' has no attribute "
        r"'(ImpImporter)'|AttributeError: (cython_sources)|(?:No module named '(distutils|imp)')",
        title="A package is older than the Python that it is built for.",
        fix="Ask for a newer version of it, or use an older Python.",
    ),
    Cause(
        id="header-missing",
        pattern=r"fatal error: ['\"]?([\w./+-]+\.h)['\"]?(?::|\s)|Cannot open include file: '([^']+)'",
        title="A package has to be compiled, and the C header {0}{1} is not there.",
        fix="Install the library that it belongs to, with its headers. Or use a version of the package that comes "
        "ready-made (a wheel) for this Python.",
    ),
    Cause(
        id="library-missing",
        pattern=r"(?:/ld|cannot find|ld: library not found for):? -l([\w+.-]+)",
        title="A package has to be compiled, and the library {0} is not there.",
        fix="Install that library with its headers, or use a version of the package that comes ready-made.",
    ),
    Cause(
        id="pg-config",
        pattern=r"pg_config executable not found",
        title="psycopg2 is built from source, and what that needs is missing.",
        fix="Use psycopg2-binary or psycopg[binary] instead.",
        url="https://www.psycopg.org/docs/install.html",
    ),
    Cause(
        id="mysql-config",
        pattern=r"Can not find valid pkg-config name|mysql_config: (?:command )?not found|mysql_config not found",
        title="mysqlclient is built from source, and MySQL's headers are missing.",
        fix="Install them: `apt install default-libmysqlclient-dev pkg-config gcc` on Debian and Ubuntu. Or use "
        "PyMySQL, which needs none.",
        url="https://github.com/PyMySQL/mysqlclient#install",
    ),
    Cause(
        id="build-program",
        pattern=r"(?:No such file or directory: '|command not found: |^.*?sh: \d*:? ?)(pg_config|gdal-config"
        r"|xml2-config|xslt-config|curl-config|krb5-config|pkg-config|cmake|swig|rustc|cargo|node)\b",
        title="A package has to be built, and the program {0} is not there.",
        fix="Install it, or use a version of the package that comes ready-made (a wheel) for this Python.",
    ),
    Cause(
        id="build-program",
        pattern=r"(?:can't find|requires) (Rust|CMake)(?: compiler)?|(Cargo), the Rust package manager, is not "
        r"installed",
        title="A package has to be built, and {0}{1} is not there.",
        fix="Use a version of the package that comes ready-made (a wheel) for this Python, or install {0}{1}.",
    ),
    Cause(
        id="build-failed",
        pattern=r"(?:Failed (?:to build|building wheel for):? `?([A-Za-z0-9][\w.-]*)(?:==[^\s`]*)?`?)",
        title="The package {0} comes as source code, and building it failed.",
        fix="Use a version of {0} that comes ready-made (a wheel) for this Python.",
        general=True,
    ),
    # -- fetching --
    Cause(
        id="package-damaged",
        pattern=rf"{_PACKAGE}==(\S+) has an invalid package format|Failed to unzip wheel: ([\w.]+)-([^-\s]+)-\S+\.whl"
        rf"|Wheel '{_PACKAGE}' located at \S+ is invalid",
        title="The package {0}{2}{4} {1}{3} arrived damaged from the package index.",
        fix="Try again in a few minutes. If it happens again, ask for another version of {0}{2}{4}.",
    ),
    Cause(
        id="certificate",
        pattern=r"(?:invalid peer certificate|CERTIFICATE_VERIFY_FAILED|self[- ]signed certificate in)",
        title="The connection is not trusted: something between this computer and the internet, such as the proxy of a "
        "school or a company, shows a certificate of its own.",
        fix="If that is intended, set the variable UV_SYSTEM_CERTS to 1 in the terminal, so that uv trusts what "
        "this computer trusts, and try again.",
        url="https://docs.astral.sh/uv/reference/environment/",
    ),
    Cause(
        id="index-refuses",
        pattern=r"HTTP status client error \((401 Unauthorized|403 Forbidden)\)|"
        r"(?:HTTP error|Client Error:?) (401|403)\b",
        title="The package index refuses your login ({0}{1}).",
        fix="It needs a user name and a password, or different ones. Check the address of the index and the variables "
        "that hold its password.",
    ),
    Cause(
        id="index-away",
        pattern=r"was not found in the cache",
        title="The packages cannot be downloaded: the package index was not asked.",
        fix="Check the network connection (and UV_OFFLINE, if you set it), then try again.",
    ),
    Cause(
        id="index-away",
        pattern=r"(?:Failed to fetch: `?(\S+?)`?$|network was disabled|error sending request|operation timed out"
        r"|Failed to establish a new connection|Read timed out|Max retries exceeded)",
        title="The packages cannot be downloaded: the package index does not answer.",
        fix="Check the network connection (and proxy, if you use one), then try again.",
        general=True,
    ),
    Cause(
        id="git-package",
        pattern=r"Git operation failed|failed to (?:clone into|fetch (?:branch|tag|commit))|Git executable not found",
        title="A package that comes from a git repository cannot be fetched.",
        fix="Check its address. A private one needs a login that the platform has too, and git itself has to be "
        "installed there.",
    ),
)
