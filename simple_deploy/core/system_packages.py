"""What of the system Python packages need: a table. Data.

Names are those of Debian 13 and Ubuntu 24.04, which the images and build environments of most platforms are made of;
each was looked up in Debian 13's package index on 2026-11-29. What a wheel for Linux brings along itself is not
listed: Pillow, lxml, psycopg[binary], cryptography, numpy and python-snappy need nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_COMPILER = ("gcc", "libc6-dev")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    :param build: what has to be there to install it. :param run: what it loads or calls as it runs.
    :param other: what it needs and no package of the system brings, in words.
    :param source: the page that says so.
    """

    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    other: str = ""
    source: str


_WEASYPRINT = Need(
    run=("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    source="https://doc.courtbouillon.org/weasyprint/stable/first_steps.html#installation",
)
_CAIRO = Need(run=("libcairo2",), source="https://doc.courtbouillon.org/cairocffi/stable/overview.html")
_FFMPEG = Need(run=("ffmpeg",), source="https://ffmpeg.org/download.html")
_WKHTMLTOPDF = Need(
    other="wkhtmltopdf, which Debian 13 and Ubuntu 24.04 do not have any more: a .deb of its own project, or another "
    "library such as WeasyPrint",
    source="https://github.com/JazzCore/python-pdfkit#installation",
)
_OPENCV = Need(
    run=("libgl1", "libglib2.0-0"), source="https://github.com/opencv/opencv-python#frequently-asked-questions"
)
_XMLSEC = Need(
    build=(*_COMPILER, "pkg-config", "libxml2-dev", "libxmlsec1-dev"),
    run=("libxmlsec1-openssl",),
    source="https://xmlsec.readthedocs.io/en/stable/install.html",
)
_LDAP = Need(
    build=(*_COMPILER, "libldap-dev", "libsasl2-dev"),
    run=("libldap2",),
    source="https://www.python-ldap.org/en/latest/installing.html",
)
_GRAPHVIZ = Need(run=("graphviz",), source="https://graphviz.readthedocs.io/en/stable/manual.html#installation")
_ODBC = Need(run=("unixodbc",), source="https://github.com/mkleehammer/pyodbc/wiki/Install")

#: By canonical name of the Python package.
NEEDS: Mapping[str, Need] = MappingProxyType(
    {
        "cairocffi": _CAIRO,
        "cairosvg": _CAIRO,
        "django-auth-ldap": _LDAP,
        "django-saml2-auth": Need(run=("xmlsec1",), source="https://pysaml2.readthedocs.io/en/latest/install.html"),
        "django-weasyprint": _WEASYPRINT,
        "django-wkhtmltopdf": _WKHTMLTOPDF,
        "ffmpeg-python": _FFMPEG,
        "gdal": Need(
            build=("g++", "libc6-dev", "libgdal-dev"),
            run=("gdal-bin",),
            source="https://gdal.org/en/stable/api/python_bindings.html",
        ),
        "graphviz": _GRAPHVIZ,
        "moviepy": _FFMPEG,
        "mssql-django": _ODBC,
        "mysqlclient": Need(
            build=(*_COMPILER, "default-libmysqlclient-dev", "pkg-config"),
            run=("libmariadb3",),
            source="https://github.com/PyMySQL/mysqlclient#linux",
        ),
        "opencv-contrib-python": _OPENCV,
        "opencv-python": _OPENCV,
        "pangocffi": Need(run=("libpango-1.0-0",), source="https://pangocffi.readthedocs.io/en/latest/overview.html"),
        "pdf2image": Need(run=("poppler-utils",), source="https://github.com/Belval/pdf2image#how-to-install"),
        "pdfkit": _WKHTMLTOPDF,
        "playwright": Need(
            other="a browser: playwright install --with-deps chromium",
            source="https://playwright.dev/python/docs/browsers",
        ),
        "psycopg-c": Need(
            build=(*_COMPILER, "libpq-dev"),
            run=("libpq5",),
            source="https://www.psycopg.org/psycopg3/docs/basic/install.html",
        ),
        "psycopg2": Need(
            build=(*_COMPILER, "libpq-dev"),
            run=("libpq5",),
            source="https://www.psycopg.org/docs/install.html#build-prerequisites",
        ),
        "pycairo": Need(
            build=(*_COMPILER, "pkg-config", "libcairo2-dev"),
            run=("libcairo2",),
            source="https://pycairo.readthedocs.io/en/latest/getting_started.html",
        ),
        "pydot": _GRAPHVIZ,
        "pydub": _FFMPEG,
        "pygobject": Need(
            build=(*_COMPILER, "pkg-config", "libcairo2-dev", "libgirepository1.0-dev"),
            run=("libcairo2", "libgirepository-1.0-1"),
            source="https://pygobject.gnome.org/getting_started.html",
        ),
        "pygraphviz": Need(
            build=(*_COMPILER, "libgraphviz-dev", "pkg-config"),
            run=("graphviz",),
            source="https://pygraphviz.github.io/documentation/stable/install.html",
        ),
        "pylibmc": Need(
            build=(*_COMPILER, "libmemcached-dev", "zlib1g-dev"),
            run=("libmemcached11t64",),
            source="https://sendapatch.se/projects/pylibmc/install.html",
        ),
        "pyodbc": _ODBC,
        "pypandoc": Need(run=("pandoc",), source="https://github.com/JessicaTegner/pypandoc#installation"),
        "pysaml2": Need(run=("xmlsec1",), source="https://pysaml2.readthedocs.io/en/latest/install.html"),
        "pytesseract": Need(run=("tesseract-ocr",), source="https://github.com/madmaze/pytesseract#installation"),
        "python-ldap": _LDAP,
        "python-magic": Need(run=("libmagic1",), source="https://github.com/ahupp/python-magic#installation"),
        "python3-saml": _XMLSEC,
        "pyvips": Need(run=("libvips42t64",), source="https://github.com/libvips/pyvips#install"),
        "pyzbar": Need(run=("libzbar0t64",), source="https://github.com/NaturalHistoryMuseum/pyzbar/#installation"),
        "selenium": Need(
            run=("chromium", "chromium-driver"),
            source="https://www.selenium.dev/documentation/selenium_manager/",
        ),
        "soundfile": Need(run=("libsndfile1",), source="https://python-soundfile.readthedocs.io/#installation"),
        "textract": Need(
            run=("antiword", "unrtf", "poppler-utils", "tesseract-ocr", "ffmpeg"),
            source="https://textract.readthedocs.io/en/stable/installation.html",
        ),
        "uwsgi": Need(build=_COMPILER, source="https://uwsgi-docs.readthedocs.io/en/latest/Install.html"),
        "wand": Need(run=("libmagickwand-7.q16-10",), source="https://docs.wand-py.org/en/latest/guide/install.html"),
        "weasyprint": _WEASYPRINT,
        "xmlsec": _XMLSEC,
    }
)
#: GeoDjango, which is a part of Django: https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/
GEO = Need(run=("gdal-bin",), source="https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/")
GIT = Need(build=("git",), source="https://pip.pypa.io/en/stable/topics/vcs-support/")
_LIBPQ = Need(run=("libpq5",), source="https://www.psycopg.org/psycopg3/docs/basic/install.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a project's packages need of the system.

    :param by: the needs, by what has them.
    """

    by: tuple[tuple[str, Need], ...] = ()

    @property
    def build(self) -> tuple[str, ...]:
        return tuple(sorted({name for _, need in self.by for name in need.build}))

    @property
    def run(self) -> tuple[str, ...]:
        return tuple(sorted({name for _, need in self.by for name in need.run}))


def needed(declared: Iterable[tuple[str, str]], apps: Iterable[str]) -> Needed:
    """What those need.

    :param declared: name and text of each requirement. :param apps: INSTALLED_APPS.
    """
    entries = list(declared)
    names = {name for name, _ in entries}
    found = [(name, NEEDS[name]) for name in sorted(names) if name in NEEDS]
    binary = "psycopg-binary" in names or any(name == "psycopg" and "binary" in text for name, text in entries)
    compiled = any(name == "psycopg" and "[c" in text for name, text in entries)
    if compiled and "psycopg-c" not in names:
        found.append(("psycopg[c]", NEEDS["psycopg-c"]))
    elif "psycopg" in names and not binary:
        found.append(("psycopg", _LIBPQ))
    if any("git+" in text for _, text in entries):
        found.append(("git", GIT))
    if any(app.startswith("django.contrib.gis") for app in apps):
        found.append(("GeoDjango", GEO))
    return Needed(by=tuple(found))
