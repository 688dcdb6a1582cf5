"""The ``upsun`` program: its command lines, what it prints, and what it means when it fails.

Sources: the program's own source (github.com/upsun/cli, version 5.11 of August 2026): tables have no JSON, but
``--format csv``; a program that is not logged in ends with exit code 3, or prints nothing with exit code 0.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from simple_deploy.api import Argv, Completed, Context, Login, Program, Release, StepError
from simple_deploy_upsun import pages
from simple_deploy_upsun.environment import APP

PROGRAM = "upsun"

NOT_LOGGED_IN = 3
NO_CONNECTION = 5
NO_PERMISSION = 6
NO_PROJECT = 9


def version() -> Argv:
    return (PROGRAM, "--version")


def email() -> Argv:
    """Who is logged in."""
    return (PROGRAM, "auth:info", "email", "--no-interaction")


def organizations() -> Argv:
    """The organizations one belongs to; the columns are named, since their order has changed."""
    columns = ",".join(_ORGANIZATION)
    return (PROGRAM, "organization:list", "--format", "csv", "--no-header", "--columns", columns, "--no-interaction")


_ORGANIZATION = ("name", "label", "type")


def projects(*, whole: bool = True) -> Argv:
    """All projects one may see.

    :param whole: say that all pages of the list are wanted, which not every version of the program has a word for.
    """
    shown = ("--format", "csv", "--no-header", "--columns", ",".join(_PROJECT))
    return (PROGRAM, "project:list", *shown, *(("--count", "0") if whole else ()), "--no-interaction")


_PROJECT = ("id", "title", "region")


def create(*, title: str, region: str, organization: str, branch: str) -> Argv:
    """Make a project; prints its id, besides whatever it says on the other stream."""
    given = ("--org", organization) if organization else ()
    # The link to the working copy is the person's to make: this runs in a copy.
    what = (*given, "--title", title, "--region", region, "--default-branch", branch)
    return (PROGRAM, "project:create", *what, "--yes")


def default_branch(project: str) -> Argv:
    return (PROGRAM, "project:info", "default_branch", "--project", project, "--no-interaction")


def variables(project: str) -> Argv:
    """The variables of the project; it ends with an error where there are none."""
    shown = ("--level", "project", *_csv("name"))
    return (PROGRAM, "variable:list", *shown, "--project", project, "--no-interaction")


def set_variable(project: str, name: str) -> Argv:
    """Give the project an environment variable, for builds too: they load the settings.

    The program asks for the value, so that it stands in no command line. It reads the answer from standard input where
    :data:`ANSWERING` is set: legacy/src/Application.php and platformsh/console-form, Form.php. One line is read.
    """
    what = ("--level", "project", "--name", f"env:{name}", "--json", "false", "--sensitive", "true")
    when = ("--visible-build", "true", "--visible-runtime", "true")
    return (PROGRAM, "variable:create", *what, *when, "--project", project)


def by_hand(project: str, name: str) -> str:
    """How a person sets a variable; the program asks for its value."""
    return f"upsun variable:create --level project --name env:{name} --sensitive true --project {project}"


def unset_variable(project: str, name: str) -> Argv:
    return (PROGRAM, "variable:delete", f"env:{name}", "--level", "project", "--project", project, "--yes")


#: Lets the program ask although standard input is no terminal.
ANSWERING = {"SHELL_INTERACTIVE": "1", "UPSUN_CLI_NO_INTERACTION": ""}


def send(project: str, branch: str, resources: str, *, replace: bool = False) -> Argv:
    """Send the commit that is checked out, and wait until it is deployed.

    :param replace: what is there, although the commit does not follow it.
    """
    where = ("--project", project, "--target", branch, *(("--force",) if replace else ()))
    return (PROGRAM, "push", *where, "--resources-init", resources, "--yes")


def deploy_log(project: str, branch: str) -> Argv:
    return (PROGRAM, "log", "deploy", "--lines", "200", *on(project, branch))


def app_log(project: str, branch: str) -> Argv:
    return (PROGRAM, "log", "app", "--lines", "200", *on(project, branch))


def pushes(project: str, branch: str) -> Argv:
    """The last pushes to the branch; it ends with an error where there are none: ActivityListCommand.php."""
    shown = ("--type", "environment.push", *_csv("id,created,state,result"))
    return (PROGRAM, "activity:list", *shown, *on(project, branch))


def ssh(project: str, branch: str, command: str) -> Argv:
    """Run a command line in the app's folder on the site."""
    return (PROGRAM, "ssh", *on(project, branch), command)


def redeploy(project: str, branch: str) -> Argv:
    """Start the app anew, and run its deploy hook."""
    return (PROGRAM, "environment:redeploy", "--yes", *on(project, branch))


def resources(project: str, branch: str) -> Argv:
    """What the app runs on: ResourcesGetCommand.php."""
    shown = _csv("service,profile_size,instance_count")
    return (PROGRAM, "resources:get", "--app", APP, *shown, *on(project, branch))


def sizes(project: str, branch: str) -> Argv:
    """What the app could run on: ResourcesSizeListCommand.php."""
    return (PROGRAM, "resources:sizes", "--service", APP, *_csv("size,cpu,memory,cpu_type"), *on(project, branch))


def resize(project: str, branch: str, *, size: str = "", count: int = 0) -> Argv:
    """Let the app run on *size* and *count*, as far as each is given; the site is deployed again with it."""
    what = (*(("--size", f"{APP}:{size}") if size else ()), *(("--count", f"{APP}:{count}") if count else ()))
    return (PROGRAM, "resources:set", *what, "--yes", "--project", project, "--environment", branch)


def _csv(columns: str) -> Argv:
    return ("--format", "csv", "--no-header", "--columns", columns)


def domains(project: str) -> Argv:
    """The domains of the project; it ends with an error where there are none: DomainListCommand.php."""
    return (PROGRAM, "domain:list", *_csv("name,ssl"), "--project", project, "--no-interaction")


def add_domain(project: str, name: str) -> Argv:
    return (PROGRAM, "domain:add", name, "--project", project, "--yes")


def remove_domain(project: str, name: str) -> Argv:
    return (PROGRAM, "domain:delete", name, "--project", project, "--yes")


def edge(project: str, branch: str) -> Argv:
    """The host that a domain has to lead to."""
    return (PROGRAM, "environment:info", "edge_hostname", *on(project, branch))


def url(project: str, branch: str) -> Argv:
    return (PROGRAM, "url", "--primary", "--pipe", *on(project, branch))


def delete(project: str) -> Argv:
    return (PROGRAM, "project:delete", project, "--yes")


def on(project: str, branch: str) -> Argv:
    return ("--project", project, "--environment", branch, "--no-interaction")


def remotes() -> Argv:
    return ("git", "remote", "--verbose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """:param type: ``flexible`` or ``fixed``."""

    name: str
    label: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Something that an app can run on.

    :param cpu: number of CPUs. :param memory: in MB. :param shared: whether other containers use the CPU too.
    """

    name: str
    cpu: float
    memory: float
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: str
    title: str
    region: str


def read_projects(output: str) -> tuple[Project, ...]:
    """The rows of :func:`projects`."""
    return tuple(
        Project(id=id_, title=title, region=region)
        for id_, title, region in rows(output, len(_PROJECT))
        if re.fullmatch(_ID, id_) and "." in region
    )


_ID = r"[a-z0-9]{5,}"


def read_id(output: str) -> str | None:
    """The id that ``project:create`` prints, alone on a line."""
    found = re.findall(rf"^\s*({_ID})\s*$", output, re.MULTILINE)
    return str(found[-1]) if found else None


def read_variables(output: str) -> frozenset[str]:
    """The environment variables among the rows of :func:`variables`."""
    return frozenset(re.findall(r"^\s*\"?env:([A-Za-z_]\w*)\"?\s*$", output, re.MULTILINE))


def read_pushes(output: str) -> tuple[Release, ...]:
    """The rows of :func:`pushes`, the newest first, as releases."""
    rows = [row for row in csv.reader(output.splitlines()) if len(row) == 4]
    return tuple(Release(name=id_, status=result or state, created=created) for id_, created, state, result in rows)


def read_domains(output: str) -> tuple[tuple[str, bool], ...]:
    """The rows of :func:`domains`: each name, and whether it has a certificate that was brought along."""
    return tuple((name, ssl.lower() in {"true", "yes", "1"}) for name, ssl in rows(output, 2) if "." in name)


def read_resources(output: str) -> tuple[str, int]:
    """The size in the row of :func:`resources`, and how many instances there are; empty and 0 where it has none."""
    found = [(size, count) for name, size, count in rows(output, 3) if name == APP and size]
    return (found[0][0], int(found[0][1] or 1)) if found and (found[0][1] or "1").isdecimal() else ("", 0)


def read_sizes(output: str) -> tuple[Guest, ...]:
    """The rows of :func:`sizes`, the smallest first."""
    listed = (row for row in rows(output, 4) if re.fullmatch(r"[\w.-]+", row[0]) and _is_number(row[1], row[2]))
    found = (
        Guest(name=name, cpu=float(cpu), memory=float(memory), shared=kind in {"", "shared"})
        for name, cpu, memory, kind in listed
    )
    return tuple(sorted(found, key=lambda guest: (guest.cpu, guest.name)))


def _is_number(*texts: str) -> bool:
    return all(re.fullmatch(r"\d+(\.\d+)?", text) for text in texts)


def read_word(output: str) -> str | None:
    """The last line of *output*, when it is one word."""
    found = re.findall(r"^\s*(\S+)\s*$", output, re.MULTILINE)
    return str(found[-1]) if found else None


def read_url(output: str) -> str | None:
    """The address that ``url`` prints."""
    found = re.findall(r"^\s*(https?://\S+)\s*$", output, re.MULTILINE)
    return str(found[-1]) if found else None


def linked_by_file(text: str) -> str | None:
    """The project that ``.upsun/local/project.yaml`` links a working copy to."""
    found = re.search(rf"^id:\s*[\"']?({_ID})[\"']?\s*$", text, re.MULTILINE)
    return found[1] if found else None


def linked_by_remote(listed: str) -> str | None:
    """The project that a git remote leads to: ``ID@git.REGION.platform.sh:ID.git``.

    :param listed: what ``git remote --verbose`` prints.
    """
    found = re.search(rf"\s(?:ssh://)?({_ID})@git\.[\w.-]+[:/]\1\.git\s", listed)
    return found[1] if found else None


def has_traceback(log: str) -> bool:
    """Whether the last deployment in a deploy log ended with an error of Python's."""
    return bool(
        re.search(
            r"^(?:Traceback \(most recent call last\):|\S*django\.(?:db|core)\S*(?:Error|Exception)\b)", log, re.M
        )
    )


def read_version(output: str) -> tuple[int, ...]:
    """The version in what ``--version`` prints, such as ``Upsun CLI 5.11.0``; empty when there is none."""
    found = re.search(r"\b(\d+)\.(\d+)(?:\.(\d+))?", output)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def read_login(done: Completed) -> Login:
    """What the answer to :func:`email` means."""
    found = re.search(r"^\s*(\S+@\S+)\s*$", done.output, re.MULTILINE)
    if done.ok and found:
        return Login(state="in", name=found[1])
    return Login(state="out" if done.returncode in (0, NOT_LOGGED_IN) else "unclear")


def read_organizations(output: str) -> tuple[Organization, ...]:
    """The rows of :func:`organizations`. Whatever else the program says between them is left out."""
    return tuple(
        Organization(name=name, label=label, type=type_)
        for name, label, type_ in rows(output, len(_ORGANIZATION))
        if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) and re.fullmatch(r"[a-z]+", type_)
    )


def rows(output: str, width: int) -> Iterable[tuple[str, ...]]:
    """The lines of *output* that are rows of a CSV table with *width* columns.

    The two streams of the program arrive as one, so there may be hints of it between the rows.
    """
    for line in output.replace("\0", "").splitlines():
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error:
            continue
        if len(cells) == width:
            yield tuple(cell.strip() for cell in cells)


# -- what it means when it fails --

_GATES = ("phone", "billing", "payment", "credit card", "verif")
_REASONS = {
    NO_CONNECTION: ("Upsun cannot be reached", "Check that this computer is online, then try again.", None),
    NO_PERMISSION: (
        "Your account may not do this on Upsun",
        "Ask the owner of the organization, or choose another one with --organization.",
        pages.ORGANIZATIONS,
    ),
    NO_PROJECT: (
        "The project does not exist, or you may not see it",
        "See `upsun project:list`, then plan again so that the tool looks up what exists.",
        None,
    ),
}
#: The exit codes that mean the same whatever the command.
KNOWN_CODES = frozenset({NOT_LOGGED_IN, *_REASONS})


def ask(ctx: Context, argv: Argv, *, show: bool = False, timeout: float = 600.0) -> str:
    """What the program says.

    :raises StepError: it is missing, or failed; saying why, and what to do.
    """
    done = ctx.run(argv, check=False, show=show, timeout=timeout)
    if not done.ok:
        raise problem(argv, done)
    return done.output


def problem(argv: Argv, done: Completed) -> StepError:
    """Why the program failed. Exit codes as in the program's source, version 5.11."""
    said = " ".join(line.strip() for line in done.tail(6) if line.strip())
    if done.returncode == NOT_LOGGED_IN or "upsun login" in said:
        return StepError(
            "You are not logged in to Upsun.", hint="Log in: `upsun login`. Then try again.", docs=pages.CLI
        )
    if done.returncode in _REASONS:
        what, hint, docs = _REASONS[done.returncode]
        return StepError(f"{what}: {said}", hint=hint, docs=docs)
    if argv[1] == "project:create" and any(word in said.lower() for word in _GATES):
        return StepError(
            f"Upsun requires you to complete your account first: {said}",
            hint=f"Do that at {pages.CONSOLE}, then try again; nothing was created.",
            docs=pages.CONSOLE,
        )
    return StepError(
        f"`{' '.join(argv[:2])}` ended with exit code {done.returncode}: {said or 'it said nothing.'}",
        hint="Its output is above and in the log. Fix the problem, then try again.",
    )


UPSUN = Program(
    name=PROGRAM,
    slug="upsun",
    platform="Upsun",
    # From the program's own README, August 2026.
    install={
        "darwin": "Install it with Homebrew: `brew install upsun/tap/upsun-cli`",
        "windows": f"Install it with Scoop, as {pages.CLI} shows",
        "linux": "Install it: `curl -fsSL https://raw.githubusercontent.com/upsun/cli/main/installer.sh | bash`",
    },
    login="upsun login",
    signup="It opens the browser, where you can also make an account.",
    docs=pages.CLI,
    version=version(),
    read_version=read_version,
    oldest=(5, 0, 0),  # the oldest version this was written for
    update="Update it with the program you installed it with.",
    who=email(),
    read_login=read_login,
)
