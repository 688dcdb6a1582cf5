"""What this platform asks before planning, and what the answers cost. Pure."""

from __future__ import annotations

from simple_deploy.api import (
    Answers,
    Beside,
    Choice,
    OnPush,
    Option,
    Prices,
    ProjectFacts,
    Size,
    folder_mark,
    has_database,
    suggested_name,
    variable_options,
)
from simple_deploy_heroku import hosting, names, pages

DEFAULT_PLAN = "essential-0"
PLANS = (DEFAULT_PLAN, "essential-1", "standard-0")

#: Sources: for Standard dynos heroku/cli v11.9.0, src/commands/ps/type.ts; for all else api-evangelist's file of
#: Heroku's plans, generated 2026-05-04. heroku.com/pricing was not seen. No more than one Eco or Basic dyno runs a
#: process: devcenter.heroku.com/articles/scaling.
SIZES = (
    Size(
        name="eco",
        title="Sleeps after 30 minutes without visitors; you subscribe to Eco first",
        cents=500,
        price="$5 a month for the Eco dynos of all your apps",
    ),
    Size(name="basic", title="One dyno that does not sleep", cents=700),
    Size(name="standard-1x", title="Several dynos, each with 512 MB of memory", cents=2500, most=10),
    Size(name="standard-2x", title="Several dynos, each with 1 GB of memory", cents=5000, most=10),
)
PRICES = Prices(
    seen="2026-05",
    page="heroku.com/pricing",
    items={
        **{each.name: each.cost for each in SIZES},
        "essential-0": "$5 a month",
        "heroku-redis:mini": "$3 a month",
    },
)


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    settings = facts.settings
    database = () if settings is not None and not has_database(settings) else (DATABASE,)
    name = Option(
        name=names.OPTION,
        label="Name of the app",
        help="No two apps on Heroku have the same name, no matter who owns them. Leave it empty to keep the app that "
        f"this project already has, or to get {default_name(facts)}. It becomes part of the address, followed by "
        "twelve digits and letters that Heroku chooses.",
        default="",
        required=False,
        pattern=names.PATTERN,
        pattern_help=names.PATTERN_HELP,
    )
    background = beside(Answers(values={"size": SIZE.default or ""})).option(facts)
    variables = variable_options(facts, hosting.read_by(settings))
    return (name, REGION, SIZE, *database, *background, TEAM, *variables, ON_PUSH.option(facts))


#: Sources: devcenter.heroku.com, "Heroku CLI Authentication" (tokens) and "Deploying with Git" (git over https, which
#: takes any user name). What GitHub holds is what is to serve, so it replaces what was pushed from elsewhere.
ON_PUSH = OnPush(
    slug="heroku",
    name="Heroku",
    run="git -c credential.helper= -c 'credential.helper=!f() { echo username=heroku; "
    'echo "password=$HEROKU_API_KEY"; }; f\' push --force https://git.heroku.com/{app}.git HEAD:refs/heads/main',
    secret="HEROKU_API_KEY",
    token='heroku authorizations:create --description "GitHub deploys {app}"',
    docs=pages.TOKENS,
)


def default_name(facts: ProjectFacts) -> str:
    """A name that nobody is likely to have, always the same for the same folder."""
    return suggested_name(facts.name, longest=30, mark=folder_mark(facts))


def app_name(facts: ProjectFacts, answers: Answers, linked: str = "") -> str:
    """What the person chose, else the app the project is *linked* to, else :func:`default_name`."""
    return answers.text(names.OPTION) or linked or default_name(facts)


def beside(answers: Answers, app: str = "APP") -> Beside:
    """What Heroku does about what is no web process."""
    redis = "heroku-redis:mini"
    return Beside(
        slug="heroku",
        name="Heroku",
        price=f"{PRICES.of(answers.text('size'))} as a dyno of its own",
        by_hand=f"Later: `heroku ps:scale NAME=1 --app {app}`, with a name from Procfile: {{names}}.",
        cron="Add Heroku Scheduler, which charges for the seconds that its dynos run, and enter the commands on its "
        f"page: `heroku addons:create scheduler:standard --app {app}`. It knows every 10 minutes, hour and day.",
        redis=f"Make one, which sets REDIS_URL ({PRICES.of(redis)}): `heroku addons:create {redis} --app {app}`.",
        variable=f"`heroku config:set {{name}}=ADDRESS --app {app}`",
        docs=pages.DYNOS,
    )


REGION = Option(
    name="region",
    label="Region",
    kind="choice",
    help="Where the app and its database run. You cannot change this later.",
    default="us",
    choices=(
        Choice(value="us", label="United States", help="Virginia."),
        Choice(value="eu", label="Europe", help="Ireland."),
    ),
)
SIZE = Option(
    name="size",
    label="Dynos",
    kind="choice",
    help=f"What the site runs on. Prices as seen {PRICES.seen}.",
    default="basic",
    choices=tuple(
        Choice(value=each.name, label=f"{each.name.title()}, {each.cost}", help=f"{each.title}.") for each in SIZES
    ),
)
DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    help="SQLite does not work on Heroku: files are lost at every restart, at least once a day.",
    default=DEFAULT_PLAN,
    choices=(
        Choice(
            value=DEFAULT_PLAN,
            label=f"PostgreSQL essential-0, {PRICES.items[DEFAULT_PLAN]}",
            help=f"1 GB, 20 connections. Price as seen {PRICES.seen}.",
        ),
        Choice(value="essential-1", label="PostgreSQL essential-1", help="More room; see heroku.com/pricing."),
        Choice(value="standard-0", label="PostgreSQL standard-0", help="For business; see heroku.com/pricing."),
        Choice(
            value="none",
            label="One that you have elsewhere",
            help="You set the config var DATABASE_URL to its address yourself.",
        ),
    ),
)
TEAM = Option(
    name="team",
    label="Team",
    help="The Heroku team that will own and pay for the app. Leave it empty for your own account.",
    default="",
    required=False,
    pattern=r"[a-z0-9][a-z0-9-]*",
    pattern_help="It is the team's name as `heroku teams` lists it.",
)
