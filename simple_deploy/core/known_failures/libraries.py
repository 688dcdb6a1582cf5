"""Libraries of the system that Python packages need, and the system packages that bring them. Data.

Names are those of Debian and Ubuntu, which the images and build environments of most platforms are made of
(packages.debian.org). What a wheel brings along itself is not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: By header file that a compiler misses: the package with it.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Python.h": "python3-dev",
        "ffi.h": "libffi-dev",
        "gdal.h": "libgdal-dev",
        "gif_lib.h": "libgif-dev",
        "gmp.h": "libgmp-dev",
        "graphviz/cgraph.h": "libgraphviz-dev",
        "jpeglib.h": "libjpeg-dev",
        "krb5.h": "libkrb5-dev",
        "lber.h": "libldap-dev libsasl2-dev",
        "ldap.h": "libldap-dev libsasl2-dev",
        "libmemcached/memcached.h": "libmemcached-dev",
        "libpq-fe.h": "libpq-dev",
        "libxml/xmlversion.h": "libxml2-dev libxslt1-dev",
        "libxml/xpath.h": "libxml2-dev libxslt1-dev",
        "libxslt/xsltconfig.h": "libxml2-dev libxslt1-dev",
        "magic.h": "libmagic-dev",
        "mysql.h": "default-libmysqlclient-dev pkg-config",
        "openssl/opensslv.h": "libssl-dev",
        "openssl/ssl.h": "libssl-dev",
        "pcre.h": "libpcre3-dev",
        "portaudio.h": "portaudio19-dev",
        "rrd.h": "librrd-dev",
        "sasl/sasl.h": "libsasl2-dev",
        "snappy-c.h": "libsnappy-dev",
        "sql.h": "unixodbc-dev",
        "sqlfront.h": "freetds-dev",
        "systemd/sd-daemon.h": "libsystemd-dev",
        "xmlsec/xmlsec.h": "libxmlsec1-dev",
        "yaml.h": "libyaml-dev",
        "zbar.h": "libzbar-dev",
        "zlib.h": "zlib1g-dev",
    }
)
#: By program that a build asks for a library: the package with both.
PROGRAMS: Mapping[str, str] = MappingProxyType(
    {
        "pg_config": "libpq-dev",
        "mysql_config": "default-libmysqlclient-dev pkg-config",
        "mariadb_config": "libmariadb-dev",
        "gdal-config": "libgdal-dev",
        "xml2-config": "libxml2-dev",
        "xslt-config": "libxslt1-dev",
        "curl-config": "libcurl4-openssl-dev",
        "krb5-config": "libkrb5-dev",
        "pkg-config": "pkg-config",
        "cmake": "cmake",
        "swig": "swig",
        "rustc": "rustc cargo",
        "cargo": "rustc cargo",
        "node": "nodejs",
    }
)
#: By the beginning of a shared library's name that cannot be loaded: the package with it.
SHARED: Mapping[str, str] = MappingProxyType(
    {
        "gobject-2.0": "libpango-1.0-0",
        "libcairo": "libcairo2",
        "libfontconfig": "libfontconfig1",
        "libgdal": "gdal-bin",
        "libgdk_pixbuf": "libgdk-pixbuf-2.0-0",
        "libgeos_c": "libgeos-c1t64",
        "libgl": "libgl1",
        "libglib-2.0": "libglib2.0-0",
        "libgobject-2.0": "libpango-1.0-0",
        "libgthread-2.0": "libglib2.0-0",
        "libharfbuzz": "libharfbuzz0b",
        "libldap": "libldap2",
        "libmagic": "libmagic1",
        "libmariadb": "libmariadb3",
        "libmysqlclient": "libmariadb3",
        "libodbc": "unixodbc",
        "libpango": "libpango-1.0-0 libpangoft2-1.0-0",
        "libpq": "libpq5",
        "libproj": "libproj25",
        "libsm": "libsm6",
        "libsndfile": "libsndfile1",
        "libspatialite": "libsqlite3-mod-spatialite",
        "libxext": "libxext6",
        "libxmlsec1": "libxmlsec1-openssl",
        "libxrender": "libxrender1",
        "libzbar": "libzbar0",
        "mod_spatialite": "libsqlite3-mod-spatialite",
        "pango": "libpango-1.0-0 libpangoft2-1.0-0",
    }
)


def shared(name: str) -> str:
    """The package that brings the shared library *name*, such as ``libpango-1.0-0`` or ``libmagic.so.1``, or ""."""
    plain = name.rsplit("/", 1)[-1].lower()
    found = [each for each in SHARED if plain.startswith(each)]
    return SHARED[max(found, key=len)] if found else ""
