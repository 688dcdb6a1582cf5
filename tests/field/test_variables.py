"""Names of sites, and the variables that settings read."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.core.options import Answers
from simple_deploy.engine import evidence
from simple_deploy.platforms.variables import site_variables, variable_options
from simple_deploy.system import process
from simple_deploy.testing import RecordingContext
from tests import golden
from tests.field.deciding import decided
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(3)]

READING = """\

import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
CSRF_TRUSTED_ORIGINS = os.environ["SHOP_ORIGINS"].split(",")
DEBUG = os.environ.get("SHOP_DEBUG", "1") == "1"
ALLOWED_HOSTS = os.environ.get("SHOP_HOSTS", "localhost").split(",")
STRIPE_API_KEY = os.environ["STRIPE_API_KEY"]
GREETING = os.environ.get("GREETING", "Hello")
"""
DOTENV = "DJANGO_SECRET_KEY=of-this-computer-0123456789\nSTRIPE_API_KEY=sk_test_0123456789abcdef\nGREETING=Hi\nSHOP_ORIGINS=https://shop.example\n"


def reading(shop: Shop, file: str = ".env") -> None:
    """The shop reads variables from a *file*, which git ignores."""
    loading = (
        "\nimport os\nfrom pathlib import Path\n"
        f"for row in (Path(__file__).parent.parent / {file!r}).read_text(encoding='utf-8').splitlines():\n"
        '    os.environ.setdefault(*row.split("=", 1))\n'
    )
    shop.append("shop/settings.py", loading + READING)
    shop.write({file: DOTENV})
    shop.append(".gitignore", f"{file}\n")
    shop.commit()


WALKING = """
import os
from pathlib import Path

for folder in Path(__file__).parents:
    if (folder / ".env").is_file():
        for row in (folder / ".env").read_text(encoding="utf-8").splitlines():
            os.environ.setdefault(*row.split("=", 1))
        break
STRIPE_API_KEY = os.environ["STRIPE_API_KEY"]
WEBHOOK = os.environ["WEBHOOK"]
"""


@trait(
    "own",
    "settings insist on variables in a `.env` file that is searched for in every folder above, and one of them "
    "is empty",
    "a plan is tried without that file: variables that the platform lacks while it builds get a made-up value in "
    "the Dockerfile",
)
def test_a_file_of_variables_that_is_looked_for_further_up(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.append("shop/settings.py", WALKING)
    shop.commit()
    # As the workbench lies below the project: the file is in a folder above both.
    (tmp_path / ".env").write_text("STRIPE_API_KEY=sk_test_0123456789abcdef\nWEBHOOK=\n", encoding="utf-8")
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_0123456789abcdef")
    monkeypatch.setenv("WEBHOOK", "")
    workbench = tmp_path / "a run" / "tree"

    made = tried("flyio", shop, workbench)

    assert not made.report.failures, made.output
    assert {"STRIPE_API_KEY", "WEBHOOK"} <= dict(made.report.needed).keys()
    assert not workbench.with_name(".env").exists()


LIVE_ONLY = """
import os

if os.environ.get("SHOP_LIVE", "1") == "1":
    PUBLISHABLE_KEY = os.environ["SHOP_LIVE_KEY"]
else:
    PUBLISHABLE_KEY = "of the test account"
"""


NO_DATABASE = {
    "env.db()": "import environ\n\nDATABASES = {'default': environ.Env().db()}\n",
    "env.db, named": "import environ\n\nDATABASES = {'default': environ.Env().db('DATABASE_URL')}\n",
    "parts": "import os\n\nDATABASES['default']['HOST'] = os.environ['DATABASE_HOST']\n"
    "DATABASES['default']['OPTIONS'] = {'timeout': len(os.environ['DATABASE_NAME'])}\n",
}


@trait(
    "cookiecutter/cookiecutter-django#2821, ietf-tools/bibxml-service#89",
    "the settings cannot be loaded without DATABASE_URL or parts of the address, which `env.db()` does not even name",
    "every platform tries the plan with the value that it gives the site; Upsun, which has no database while it "
    "builds, gets a made-up one for collectstatic",
)
@pytest.mark.parametrize("slug", ["upsun", "local", "heroku", "flyio"])
@pytest.mark.parametrize("reading", NO_DATABASE)
def test_settings_that_need_the_database_s_address(
    reading: str, slug: str, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "DATABASE_URL": "sqlite:///db.sqlite3",
        "DATABASE_HOST": "localhost",
        "DATABASE_NAME": "shop",
    }.items():
        monkeypatch.setenv(name, value)
    shop.append("requirements.txt", "django-environ\n")
    shop.append("shop/settings.py", f"\n{NO_DATABASE[reading]}")
    shop.commit()

    made = tried(slug, shop, tmp_path / "a run" / "tree")

    assert not made.report.failures, made.output


@trait(
    "own",
    "one variable decides whether the settings insist on another, which they never read on this computer",
    "the build gets a made-up value; for the site, the advice is to send the deciding variable, and that helps",
)
def test_a_variable_that_is_read_only_there(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_LIVE", "0")
    shop.append("shop/settings.py", LIVE_ONLY)
    shop.commit()

    made = tried("flyio", shop, tmp_path / "a run" / "tree")
    (failure,) = made.report.failures
    assert failure.phase == "site"
    told = evidence.told(failure.tail, shop.facts(), process.run)
    assert told is not None and told.title == "The project needs the variable SHOP_LIVE_KEY, which is not set there."
    assert "On this computer the settings do not read SHOP_LIVE_KEY" in told.fix

    made = tried("flyio", shop, tmp_path / "another run" / "tree", variable_shop_live="here")
    assert not made.report.failures, made.output
    assert "SHOP_LIVE_KEY" in dict(made.report.needed)


@trait(
    "SFDO-Tooling/Metecho#2089, cookiecutter/cookiecutter-django#3793",
    "settings insist on variables that a new site does not have, and read others that the block overrides anyway",
    "only the first are asked for; the deployment stops before anything is created until each has a value or a "
    "choice; a required variable that the block overrides gets a made-up value",
)
@pytest.mark.parametrize("slug", ["heroku", "flyio", "upsun"])
def test_variables_that_the_settings_insist_on(slug: str, shop: Shop) -> None:
    reading(shop)
    platform, _ = golden.PLATFORMS[slug]
    options = {option.name: option for option in platform.options(shop.facts()) if option.name.startswith("variable_")}

    assert set(options) == {"variable_django_secret_key", "variable_stripe_api_key", "variable_greeting"}
    assert options["variable_django_secret_key"].default == "new", "its name says that any value will do"
    assert options["variable_stripe_api_key"].default == "not-now", "nothing is sent unasked"
    assert options["variable_greeting"].advanced and not options["variable_stripe_api_key"].advanced
    assert [choice.value for choice in options["variable_stripe_api_key"].choices] == ["not-now", "here"]

    found = decided(slug, shop).findings[f"{slug}.variables-missing"]
    assert found.level is Level.DEPLOY_BLOCKER and found.details == ("STRIPE_API_KEY",)
    assert "--variable-stripe-api-key here" in found.fix
    assert "NAME" not in found.fix, "there is no site yet on which one could be set"
    assert f"{slug}.variables-missing" not in decided(slug, shop, variable_stripe_api_key="here").findings
    assert decided(slug, shop).findings[f"{slug}.variables-made-up"].details == ("SHOP_ORIGINS",)


@trait(
    "theskumar/python-dotenv#280, arocks/edge#57",
    "the settings read their variables from a file with another name, such as `dev.env`",
    "its values count as this computer's: each is offered by its name, and the plan is tried with them",
)
@pytest.mark.parametrize("file", ["dev.env", ".env.local", ".envs/.local/.django"])
def test_variables_in_a_file_of_another_name(file: str, shop: Shop, tmp_path: Path) -> None:
    reading(shop, file)
    facts = shop.facts()

    assert {"STRIPE_API_KEY", "GREETING"} <= facts.valued
    chosen = Answers(values={"variable_stripe_api_key": "here"})
    sent = site_variables(RecordingContext(facts, home=tmp_path / "home", answers=chosen), ("STRIPE_API_KEY",))
    assert sent == {"STRIPE_API_KEY": "sk_test_0123456789abcdef"}
    assert not [name for name in shop.look() if name.startswith("commit.")]


DECLARING = """\
from pydantic import AliasChoices, BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mail(BaseModel):
    host: str
    port: int = 25


class Common(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="SHOP_", env_nested_delimiter="__", extra="ignore")
    secret_key: str


class Configuration(Common):
    payment_key: str
    mail: Mail
    greeting: str = "Hello"
    origins: str = Field(validation_alias=AliasChoices("SHOP_SITES", "SHOP_ORIGINS"))
"""
DECLARING_WITH_1 = """\
from pydantic.v1 import BaseModel, BaseSettings, Field


class Mail(BaseModel):
    host: str
    port: int = 25


class Common(BaseSettings):
    secret_key: str

    class Config:
        env_file = ".env"
        env_prefix = "SHOP_"
        env_nested_delimiter = "__"


class Configuration(Common):
    payment_key: str
    mail: Mail
    greeting: str = "Hello"
    origins: str = Field(..., env=["SHOP_SITES", "SHOP_ORIGINS"])
"""
TAKING = """\

from shop.configuration import Configuration

configuration = Configuration()
SECRET_KEY = configuration.secret_key
CSRF_TRUSTED_ORIGINS = configuration.origins.split(",")
PAYMENT_KEY, MAIL_SERVER = configuration.payment_key, configuration.mail.host
GREETING = configuration.greeting
"""
DECLARED = (
    "SHOP_SECRET_KEY=of-this-computer-0123456789\nSHOP_PAYMENT_KEY=pk_test_0123456789abcdef\n"
    "SHOP_ORIGINS=https://shop.example\nshop_mail__host=mail.example\n"
)


@trait(
    "pydantic/pydantic-settings#24, jag-k/pydantic-settings-export#3",
    "variables are the fields of a class of pydantic-settings, which copies the whole environment and a `.env` file",
    "each is recognised by its name in the environment, with prefix, alias and parts; those without a default "
    "are asked for, and the plan is tried with this computer's values",
)
def test_variables_that_a_class_declares(shop: Shop, tmp_path: Path) -> None:
    assert_declared(shop, DECLARING)

    found = decided("heroku", shop).findings
    assert found["heroku.variables-missing"].details == ("SHOP_PAYMENT_KEY", "shop_mail__host")
    assert found["heroku.variables-made-up"].details == ("SHOP_ORIGINS",)

    made = tried("local", shop, tmp_path / "tried")
    assert made.findings == {}, made.output


@trait(
    "pydantic/pydantic-settings#24",
    "the class is from pydantic 1, or from its copy in pydantic 2",
    "the same: its fields are read, and each is a variable",
)
def test_variables_that_a_class_of_pydantic_1_declares(shop: Shop) -> None:
    assert_declared(shop, DECLARING_WITH_1)


DECLARING_NEEDS = "Django>=5.2\npydantic-settings\n"


def assert_declared(shop: Shop, declaring: str) -> None:
    """That each field is known by its name, which settings it decides, and whether it has to have a value."""
    shop.write({".env": DECLARED, "shop/configuration.py": declaring, "requirements.txt": DECLARING_NEEDS})
    shop.append("shop/settings.py", TAKING)
    shop.commit()

    settings = shop.facts().settings
    assert settings is not None
    uses = {use.name: use for use in settings.variable_uses if use.name.lower().startswith("shop_")}
    assert {name for name, use in uses.items() if use.insists} == {
        *("SHOP_SECRET_KEY", "SHOP_PAYMENT_KEY", "SHOP_ORIGINS", "shop_mail__host")
    }
    assert set(uses) - {name for name, use in uses.items() if use.insists} == {"SHOP_GREETING", "SHOP_MAIL__PORT"}
    assert uses["SHOP_SECRET_KEY"].sets == ("SECRET_KEY",)


@trait(
    "Weed-AI/Weed-AI#438, techmatters/terraso-backend#2041",
    "a development `.env` says ENVIRONMENT=development and contains test keys",
    "none of its values reaches the site unless it is chosen by name; a new secret key is made",
)
def test_values_of_development_stay_here(shop: Shop, tmp_path: Path) -> None:
    reading(shop)
    facts = shop.facts()
    names = ("DJANGO_SECRET_KEY", "STRIPE_API_KEY", "GREETING", "SHOP_ORIGINS")
    usual = {option.name: str(option.default) for option in variable_options(facts, names)}

    def sent(**answers: str) -> dict[str, str]:
        chosen = Answers(values={**usual, **answers})
        return site_variables(RecordingContext(facts, home=tmp_path / "home", answers=chosen), names)

    assert set(sent()) == {"DJANGO_SECRET_KEY", "SHOP_ORIGINS"}
    assert "of-this-computer" not in sent()["DJANGO_SECRET_KEY"]
    assert sent()["SHOP_ORIGINS"] == "https://build@build.invalid/0", "any will do: the block decides it"
    assert sent(variable_greeting="here")["GREETING"] == "Hi"


@trait(
    "superfly/flyctl#3044, superfly/flyctl#1102",
    "the project's folder, package or repository has a very common name",
    "the suggested name comes from pyproject.toml, else the repository, and has a unique ending if names are global",
)
@pytest.mark.parametrize("slug", ["heroku", "flyio"])
def test_names_that_somebody_else_has(slug: str, shop: Shop) -> None:
    assert shop.facts().name == "shop", "the package: no repository is called “goods shop”"
    shop.git("remote", "add", "origin", "https://example.org/robin/corner-shop.git")
    assert shop.facts().name == "corner-shop"
    shop.write({"pyproject.toml": '[project]\nname = "goods-online"\nversion = "1"\n'})
    assert shop.facts().name == "goods-online"

    platform, _ = golden.PLATFORMS[slug]
    [asked] = [option for option in platform.options(shop.facts()) if option.name == "deployed_project_name"]
    assert "goods-online-" in asked.help


@trait(
    "superfly/flyctl#4291, jpadilla/django-dotenv#52, jpadilla/django-dotenv#53, jpadilla/django-dotenv#4",
    "values in `.env` with #, $, %, umlauts, and a key over several lines",
    "chosen values are passed on exact to the byte",
)
def test_values_with_signs_and_lines(shop: Shop, tmp_path: Path) -> None:
    shop.write({".env": ODD})
    shop.append(
        "shop/settings.py", "import os\nPARTS = [os.environ.get(name) for name in ('TOKEN', 'GREETING', 'PEM')]\n"
    )
    shop.append("shop/settings.py", "TOKEN, PEM = os.environ.get('TOKEN'), os.environ.get('PEM')\n")
    shop.append("shop/settings.py", "GREETING = os.environ.get('GREETING')\n")
    shop.commit()

    names = ("TOKEN", "GREETING", "PEM")
    chosen = Answers(values={f"variable_{name.lower()}": "here" for name in names})
    assert site_variables(RecordingContext(shop.facts(), home=tmp_path / "home", answers=chosen), names) == {
        "TOKEN": "x#y$z%25",
        "GREETING": "Grüße",
        "PEM": "-----BEGIN KEY-----\nMIIB=\n-----END KEY-----",
    }


REFUSING = """

import os

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "of-this-computer-only")
if "DYNO" in os.environ and SECRET_KEY == "of-this-computer-only":
    raise RuntimeError("SHOP_SECRET_KEY must be set")
"""


@trait(
    "own",
    "settings refuse the default of their secret key once DEBUG is off, and read the key from a variable of another name",
    "the site gets a made-up value for that name, which the plan says, since the block decides the key anyway",
)
def test_a_default_of_the_secret_key_that_is_refused(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET_KEY", "of-this-computer-only")
    shop.append("shop/settings.py", REFUSING)
    shop.commit()

    assert decided("heroku", shop).findings["heroku.variables-made-up"].details == ("SHOP_SECRET_KEY",)
    made = tried("heroku", shop, tmp_path / "a run" / "tree")
    assert not made.report.failures, made.output


@trait(
    "jpadilla/django-dotenv#4",
    "a variable that the settings insist on is there and empty: a prefix, the key of a service that is not used",
    "is offered by its name as a value is, and sent empty; Upsun's program takes no empty value, so there the plan writes "
    "it into the platform's file",
)
def test_a_variable_that_is_there_and_empty(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_PREFIX", "")
    shop.append("shop/settings.py", "\nimport os\n\nCACHE_PREFIX = os.environ['CACHE_PREFIX']\n")
    shop.commit()
    facts = shop.facts()

    (option,) = variable_options(facts, ["CACHE_PREFIX"])
    assert [choice.label for choice in option.choices][1:] == ["Nothing: it is there and empty, as on this computer"]
    for slug in ("flyio", "heroku", "upsun"):
        missing = f"{slug}.variables-missing"
        assert "--variable-cache-prefix here" in decided(slug, shop).findings[missing].fix
        assert missing not in decided(slug, shop, variable_cache_prefix="here").findings
    assert 'CACHE_PREFIX: ""' in decided("upsun", shop, variable_cache_prefix="here").file(".upsun/config.yaml").text

    chosen = Answers(values={"variable_cache_prefix": "here"})
    context = RecordingContext(facts, home=tmp_path / "home", answers=chosen)
    assert site_variables(context, ["CACHE_PREFIX"]) == {"CACHE_PREFIX": ""}


ODD = """\
TOKEN="x#y$z%25"  # the shop's
GREETING=Grüße
PEM="-----BEGIN KEY-----
MIIB=
-----END KEY-----"
"""
