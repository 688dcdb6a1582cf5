"""Projects in the layouts people have, made by the programs people make them with, plus what they change by hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.repository import git, write

Edit = Callable[[str], str]
IGNORED = "__pycache__/\n*.sqlite3\n.env\n.venv/\n.pdm-python\n/static-collected/\n"


@dataclass(frozen=True)
class Maker:
    """Makes projects in *folder* with the programs of an environment.

    :param python: its interpreter.
    """

    folder: Path
    python: Path

    def run(self, *argv: str, cwd: Path | None = None) -> None:
        """Run a program of the environment, such as ``django-admin``."""
        program = next(self.python.parent.glob(f"{argv[0]}*"))
        # Some call others, which they look for on PATH. Of Django's own commands this would change what they write.
        path = os.pathsep.join((str(self.python.parent), os.environ["PATH"]))
        self._run([str(program), *argv[1:]], cwd or self.folder, PATH=path)

    def django(self, *argv: str, cwd: Path | None = None) -> None:
        self._run([str(self.python), "-m", "django", *argv], cwd or self.folder)

    def manage(self, *argv: str, cwd: Path | None = None) -> None:
        self._run([str(self.python), "manage.py", *argv], cwd or self.folder)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write(self.folder, files)

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file; each has to be there."""
        text = (self.folder / path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in {path}"
            text = text.replace(old, new)
        (self.folder / path).write_text(text, encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        file = self.folder / path
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    def move(self, source: str, target: str) -> None:
        (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.folder / source, self.folder / target)

    @staticmethod
    def _run(argv: list[str], cwd: Path, **more: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**env, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """
    :param name: for the table and as a test's id.
    :param make: writes the project; the folder is empty before.
    :param project_dir: folder of manage.py below the git root.
    :param settings: the settings module that is found.
    :param file: the file of it.
    :param packages: what it needs besides Django.
    :param findings: what the report says about it that it does not say about every project.
    :param variables: what the shell sets.
    :param chosen: flags with which the person puts a guess right before deploying.
    :param deployed: the settings file the deployment edits, if it is another one.
    :param files_beside: whether the dependency file stands beside manage.py rather than in the git root.
    :param page: an address that answers once it is deployed.
    :param repository: whether the person has made a repository and a dependency file yet.
    """

    name: str
    make: Callable[[Maker], None]
    project_dir: str = ""
    settings: str = "mysite.settings"
    file: str = "mysite/settings.py"
    packages: tuple[str, ...] = ()
    findings: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    deployed: str | None = None
    files_beside: bool = False
    page: str = "admin/login/"
    repository: bool = True


# -- as startproject makes them --


def flat(maker: Maker) -> None:
    maker.django("startproject", "mysite", ".")


def nested(maker: Maker) -> None:
    maker.django("startproject", "mysite")


def monorepo(maker: Maker) -> None:
    maker.write({"frontend/package.json": '{"name": "frontend", "private": true}\n', "README.md": "# Shop\n"})
    (maker.folder / "services" / "api").mkdir(parents=True)
    maker.django("startproject", "config", "services/api")


def src_above(maker: Maker) -> None:
    """manage.py lies in src/ itself."""
    (maker.folder / "src").mkdir()
    maker.django("startproject", "mysite", "src")


def src_beside(maker: Maker) -> None:
    """manage.py lies at the top and adds src/ to the import path."""
    flat(maker)
    maker.move("mysite", "src/mysite")
    maker.edit("src/mysite/settings.py", (".parent.parent", ".parent.parent.parent"))
    maker.edit(
        "manage.py",
        ("import sys\n", "import sys\nfrom pathlib import Path\n"),
        (
            "    os.environ.setdefault",
            '    sys.path.insert(0, str(Path(__file__).parent / "src"))\n    os.environ.setdefault',
        ),
    )


# -- settings --


def settings_package(maker: Maker) -> None:
    flat(maker)
    maker.move("mysite/settings.py", "mysite/settings/base.py")
    maker.edit("mysite/settings/base.py", (".parent.parent", ".parent.parent.parent"))
    maker.write(
        {
            "mysite/settings/__init__.py": "",
            "mysite/settings/dev.py": "from .base import *\n\nINTERNAL_IPS = ['127.0.0.1']\n",
            "mysite/settings/production.py": "from .base import *\n\nDEBUG = False\nALLOWED_HOSTS = ['example.com']\n",
        }
    )
    for name in ("manage.py", "mysite/wsgi.py", "mysite/asgi.py"):
        maker.edit(name, ("mysite.settings", "mysite.settings.dev"))


def config_settings(maker: Maker) -> None:
    """As the best known template lays it out: config/settings/, variables with a prefix, apps in a package of their own."""
    maker.django("startproject", "config", ".")
    maker.move("config/settings.py", "config/settings/base.py")
    text = (maker.folder / "config/settings/base.py").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(SECRET_KEY|DEBUG|ALLOWED_HOSTS) = .*\n", "", text)
    text = text.replace(".parent.parent", ".parent.parent.parent")
    text = text.replace("from pathlib import Path\n", "from pathlib import Path\n\nimport environ\n")
    text += '\nenv = environ.Env()\nenv.read_env(BASE_DIR / ".env")\nINSTALLED_APPS += ["my_site.users"]\n'
    maker.write(
        {
            "config/settings/__init__.py": "",
            "config/settings/base.py": text,
            "config/settings/local.py": (
                "from .base import *\nfrom .base import env\n\nDEBUG = True\n"
                'SECRET_KEY = env("DJANGO_SECRET_KEY", default="only-for-this-computer")\n'
                'ALLOWED_HOSTS = ["localhost"]\n'
            ),
            "config/settings/production.py": (
                "from .base import *\nfrom .base import env\n\nDEBUG = False\n"
                'SECRET_KEY = env("DJANGO_SECRET_KEY")\n'
                'ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS")\n'
            ),
            "my_site/__init__.py": "",
            "my_site/users/__init__.py": "",
            ".env": "DJANGO_SECRET_KEY='of this computer, and no one knows it'\nDJANGO_ALLOWED_HOSTS=example.com\n",
        }
    )
    maker.edit("manage.py", ("config.settings", "config.settings.local"))
    for name in ("config/wsgi.py", "config/asgi.py"):
        maker.edit(name, ("config.settings", "config.settings.production"))


def wagtail(maker: Maker) -> None:
    maker.run("wagtail", "start", "mysite", ".")
    # Its list asks for the newest Django, which the interpreter may be too old for.
    (maker.folder / "requirements.txt").unlink()


def module_in_environment(maker: Maker) -> None:
    flat(maker)
    for name in ("manage.py", "mysite/wsgi.py", "mysite/asgi.py"):
        file = maker.folder / name
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "DJANGO_SETTINGS_MODULE" not in line), encoding="utf-8")


def module_in_env_file(maker: Maker) -> None:
    settings_package(maker)
    maker.edit("manage.py", ("import sys\n", "import sys\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n"))
    maker.write({".env": "DJANGO_SETTINGS_MODULE=mysite.settings.production\n"})


def _from_variables(maker: Maker, head: str, key: str, debug: str) -> None:
    flat(maker)
    path = maker.folder / "mysite/settings.py"
    text = path.read_text(encoding="utf-8")
    text = text.replace("from pathlib import Path\n", f"from pathlib import Path\n\n{head}\n", 1)
    text = re.sub(r"(?m)^SECRET_KEY = .*$", f"SECRET_KEY = {key}", text)
    path.write_text(re.sub(r"(?m)^DEBUG = .*$", f"DEBUG = {debug}", text), encoding="utf-8")
    maker.write({".env": "# of this computer\nSECRET_KEY='a-key-that-stands-in-no-file-of-the-project'\nDEBUG=on\n"})


def django_environ(maker: Maker) -> None:
    head = (
        "import environ\n\nenv = environ.Env()\nenviron.Env.read_env(Path(__file__).resolve().parent.parent / '.env')"
    )
    _from_variables(maker, head, 'env("SECRET_KEY")', 'env.bool("DEBUG", default=False)')


def python_decouple(maker: Maker) -> None:
    _from_variables(
        maker, "from decouple import config", 'config("SECRET_KEY")', 'config("DEBUG", default=False, cast=bool)'
    )


def python_dotenv(maker: Maker) -> None:
    head = "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()"
    _from_variables(maker, head, 'os.environ["SECRET_KEY"]', 'os.getenv("DEBUG") == "on"')


def text_base_dir(maker: Maker) -> None:
    flat(maker)
    maker.edit(
        "mysite/settings.py",
        ("from pathlib import Path\n", "import os\n"),
        ("Path(__file__).resolve().parent.parent", "os.path.dirname(os.path.dirname(os.path.abspath(__file__)))"),
        ("BASE_DIR / 'db.sqlite3'", "os.path.join(BASE_DIR, 'db.sqlite3')"),
    )


def no_base_dir(maker: Maker) -> None:
    flat(maker)
    path = maker.folder / "mysite/settings.py"
    text = re.sub(r"(?m)^BASE_DIR = .*\n", "", path.read_text(encoding="utf-8"))
    path.write_text(text.replace("BASE_DIR / 'db.sqlite3'", "'db.sqlite3'"), encoding="utf-8")


def urlconf_elsewhere(maker: Maker) -> None:
    flat(maker)
    maker.move("mysite/urls.py", "web/urls/api.py")
    maker.write({"web/__init__.py": "", "web/urls/__init__.py": ""})
    maker.edit("mysite/settings.py", ("'mysite.urls'", "'web.urls.api'"))


def asgi_only(maker: Maker) -> None:
    flat(maker)
    (maker.folder / "mysite/wsgi.py").unlink()
    maker.edit("mysite/settings.py", ("WSGI_APPLICATION = 'mysite.wsgi", "ASGI_APPLICATION = 'mysite.asgi"))


# -- as books and courses lead to them --

POLLS = {
    "polls/models.py": """\
from django.db import models


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice_text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)
""",
    "polls/views.py": """\
from django.shortcuts import get_object_or_404, render

from .models import Question


def index(request):
    return render(request, "polls/index.html", {"questions": Question.objects.all()})


def detail(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    return render(request, "polls/index.html", {"questions": [question]})
""",
    "polls/urls.py": """\
from django.urls import path

from . import views

app_name = "polls"
urlpatterns = [path("", views.index, name="index"), path("<int:question_id>/", views.detail, name="detail")]
""",
    "polls/templates/polls/index.html": (
        '{% load static %}<link rel="stylesheet" href="{% static \'polls/style.css\' %}">\n'
        "<ul>{% for question in questions %}<li>{{ question.question_text }}</li>{% endfor %}</ul>\n"
    ),
    "polls/static/polls/style.css": "li a { color: green }\n",
    "mysite/urls.py": """\
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("polls/", include("polls.urls")), path("admin/", admin.site.urls)]
""",
}


def tutorial(maker: Maker) -> None:
    """The polls of Django's own tutorial: no page at /, no repository, no list of packages, a database with rows."""
    flat(maker)
    maker.manage("startapp", "polls")
    maker.write(POLLS)
    maker.edit("mysite/settings.py", ("INSTALLED_APPS = [\n", "INSTALLED_APPS = [\n    'polls.apps.PollsConfig',\n"))
    maker.manage("makemigrations", "polls")
    maker.manage("migrate", "--verbosity=0")


BLOG = {
    "blog/models.py": """\
from django.conf import settings
from django.db import models
from django.utils import timezone


class Post(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=200)
    text = models.TextField()
    published_date = models.DateTimeField(blank=True, null=True, default=timezone.now)
""",
    "blog/admin.py": "from django.contrib import admin\n\nfrom .models import Post\n\nadmin.site.register(Post)\n",
    "blog/views.py": """\
from django.shortcuts import render

from .models import Post


def post_list(request):
    return render(request, "blog/post_list.html", {"posts": Post.objects.order_by("published_date")})
""",
    "blog/urls.py": """\
from django.urls import path

from . import views

urlpatterns = [path("", views.post_list, name="post_list")]
""",
    "blog/templates/blog/post_list.html": (
        '{% load static %}<link rel="stylesheet" href="{% static \'css/blog.css\' %}">\n'
        "<h1>A blog</h1>{% for post in posts %}<h2>{{ post.title }}</h2>{% endfor %}\n"
    ),
    "blog/static/css/blog.css": "h1 { color: #c25100 }\n",
    "mysite/urls.py": """\
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("blog.urls"))]
""",
}


def girls_blog(maker: Maker) -> None:
    """The blog of the Django Girls workshop: its own STATIC_ROOT, and the host of the workshop in ALLOWED_HOSTS."""
    flat(maker)
    maker.manage("startapp", "blog")
    maker.write(BLOG)
    maker.edit(
        "mysite/settings.py",
        ("INSTALLED_APPS = [\n", "INSTALLED_APPS = [\n    'blog.apps.BlogConfig',\n"),
        ("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['127.0.0.1', '.pythonanywhere.com']"),
        ("LANGUAGE_CODE = 'en-us'", "LANGUAGE_CODE = 'de-ch'"),
    )
    settings = (maker.folder / "mysite/settings.py").read_text(encoding="utf-8")
    static = re.sub(r"(?m)^(STATIC_URL = .*\n)", r"\1STATIC_ROOT = BASE_DIR / 'static'\n", settings)
    (maker.folder / "mysite/settings.py").write_text(static, encoding="utf-8")
    maker.manage("makemigrations", "blog")


NANO = """\
from django.db import models
from nanodjango import Django

app = Django()


@app.admin
class Visit(models.Model):
    when = models.DateTimeField(auto_now_add=True)


@app.route("/")
def home(request):
    Visit.objects.create()
    return f"<p>{Visit.objects.count()} visits</p>"
"""


def nanodjango(maker: Maker) -> None:
    """A site in a single file, made a project as the tool tells to."""
    script = maker.folder.parent / "counter.py"
    script.write_text(NANO, encoding="utf-8")
    maker.folder.rmdir()
    maker.run("nanodjango", "convert", str(script), str(maker.folder), "--name=mysite", cwd=maker.folder.parent)
    maker.manage("makemigrations", "counter")


LAYOUTS = (
    Layout(name="flat", make=flat),
    Layout(name="nested", make=nested, project_dir="mysite", file="mysite/mysite/settings.py"),
    Layout(
        name="monorepo",
        make=monorepo,
        project_dir="services/api",
        settings="config.settings",
        file="services/api/config/settings.py",
        files_beside=True,
    ),
    Layout(name="src, manage.py inside", make=src_above, project_dir="src", file="src/mysite/settings.py"),
    Layout(name="src, manage.py beside", make=src_beside, file="src/mysite/settings.py"),
    Layout(
        name="settings package",
        make=settings_package,
        settings="mysite.settings.dev",
        file="mysite/settings/dev.py",
        findings=frozenset({"settings.production"}),
        chosen=("--settings-module", "mysite.settings.production"),
        deployed="mysite/settings/production.py",
    ),
    Layout(
        name="config/settings",
        make=config_settings,
        settings="config.settings.local",
        file="config/settings/local.py",
        packages=("django-environ",),
        findings=frozenset({"settings.production", "settings.variables"}),
        chosen=("--settings-module", "config.settings.production"),
        deployed="config/settings/production.py",
    ),
    Layout(
        name="Wagtail",
        make=wagtail,
        settings="mysite.settings.dev",
        file="mysite/settings/dev.py",
        packages=("wagtail",),
        findings=frozenset({"settings.production", "settings.media"}),
        deployed="mysite/settings/production.py",
        page="",
    ),
    Layout(
        name="settings named in the environment",
        make=module_in_environment,
        variables={"DJANGO_SETTINGS_MODULE": "mysite.settings"},
    ),
    Layout(
        name="settings named in .env",
        make=module_in_env_file,
        settings="mysite.settings.production",
        file="mysite/settings/production.py",
        packages=("python-dotenv",),
        findings=frozenset({"settings.several"}),
    ),
    Layout(
        name="django-environ",
        make=django_environ,
        packages=("django-environ",),
        findings=frozenset({"settings.variables"}),
    ),
    Layout(
        name="python-decouple",
        make=python_decouple,
        packages=("python-decouple",),
        findings=frozenset({"settings.variables"}),
    ),
    Layout(
        name="python-dotenv",
        make=python_dotenv,
        packages=("python-dotenv",),
        findings=frozenset({"settings.variables"}),
    ),
    Layout(name="BASE_DIR a text", make=text_base_dir),
    Layout(name="no BASE_DIR", make=no_base_dir),
    Layout(name="ROOT_URLCONF elsewhere", make=urlconf_elsewhere),
    Layout(name="ASGI only", make=asgi_only),
    Layout(name="git worktree", make=flat),
    Layout(
        name="Django's tutorial",
        make=tutorial,
        findings=frozenset({"git.no-repository", "dependencies.none"}),
        page="polls/",
        repository=False,
    ),
    Layout(name="Django Girls blog", make=girls_blog, page=""),
    Layout(name="nanodjango, converted", make=nanodjango, page=""),
)


def repository(root: Path) -> None:
    """What people do before they deploy: a repository, with a .gitignore and one commit."""
    ignored = root / ".gitignore"
    ignored.write_text((ignored.read_text(encoding="utf-8") if ignored.exists() else "") + IGNORED, encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Ada Example")
    git(root, "config", "user.email", "ada@example.com")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "First")
