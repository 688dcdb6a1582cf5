"""The steps that the plan of every platform has, in one wording. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from simple_deploy.core.facts import Settings
from simple_deploy.core.steps import (
    AddRequirements,
    Call,
    CheckUrl,
    Commit,
    EditBlock,
    ExportRequirements,
    IfExists,
    WriteFile,
)
from simple_deploy.platforms.production import EQUIVALENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Makes the steps for one platform.

    :param slug: of the platform. :param name: its name, for people.
    """

    slug: str
    name: str

    def file(
        self,
        id: str,
        path: str,
        text: str,
        *,
        why: str,
        docs: str,
        title: str = "",
        cost: str = "",
        if_exists: IfExists = "ask",
    ) -> WriteFile:
        """A file of the platform's own."""
        return WriteFile(
            id=id,
            title=title or f"Write {path}",
            why=why,
            undo="The file is removed.",
            docs=docs,
            cost=cost,
            path=path,
            text=text,
            if_exists=if_exists,
        )

    def settings(self, settings: Settings, text: str, *, why: str, docs: str) -> EditBlock:
        """The block of :func:`~simple_deploy.api.site_settings_block` in the settings file."""
        assert settings.file is not None
        return EditBlock(
            id="settings",
            title=f"Add settings for the site on {self.name}",
            why=why,
            undo="The block is removed.",
            docs=docs,
            path=settings.file,
            block_id=self.slug,
            text=text,
        )

    def requirements(
        self, requirements: tuple[str, ...], *, why: str, docs: str | None = None, group: str | None = None
    ) -> AddRequirements:
        """What the site needs installed.

        :param group: where the manager has groups, the one they go to; None for the main dependencies.
        """
        return AddRequirements(
            id="requirements",
            title=f"Add what the site needs on {self.name}",
            why=why,
            undo="The lines are removed.",
            docs=docs,
            requirements=requirements,
            equivalents=EQUIVALENTS,
            group=group,
        )

    def export(
        self, path: str, *, why: str, docs: str | None = None, title: str = "", groups: tuple[str, ...] = ()
    ) -> ExportRequirements:
        """A requirements file, for a platform that cannot read the manager's own files.

        :param groups: named groups it holds besides the main dependencies.
        """
        return ExportRequirements(
            id="export",
            title=title or f"Write {path}",
            why=why,
            undo="The file is removed.",
            docs=docs,
            path=path,
            groups=groups,
        )

    def commit(self) -> Commit:
        return Commit(
            id="commit",
            title="Commit the changes",
            why=f"{self.name} gets what is committed, and nothing else, so you always know what exactly is deployed.",
            undo="A commit that undoes the changes.",
            message=f"Configure deployment to {self.name}",
        )

    def call(
        self, id: str, title: str, why: str, /, *, docs: str, cost: str = "", undo: str = "", **params: str
    ) -> Call:
        """A step that the method *id* of the platform's calls does."""
        return Call(id=id, name=id, title=title, why=why, cost=cost, undo=undo, docs=docs, params=params)

    def visit(self, *, within: float) -> CheckUrl:
        """:param within: seconds the site gets for its first healthy answer."""
        return CheckUrl(
            id="visit",
            title="Visit the site",
            why="Its first page, a static file and the admin are asked for, as a browser would. Only when they answer "
            "is anything changed in your project.",
            within=within,
        )
