"""The steps that the plan of every platform has, in one wording. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from simple_deploy.core.facts import ProjectFacts
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
from simple_deploy.platforms.production import (
    EQUIVALENTS,
    FIRST_BLOCK,
    LAST_BLOCK,
    SiteSettings,
    first_block,
    last_block,
    platform_block,
)


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

    def settings(self, facts: ProjectFacts, site: SiteSettings, *, why: str, docs: str) -> tuple[EditBlock, ...]:
        """The settings of the site: the platform's own block between the two that are the same for all platforms.

        There are none where an earlier version of the tool wrote the platform's block: it has all that a site needs,
        and is taken up by a plan of its own.
        """
        settings = facts.settings
        assert settings is not None and settings.file is not None
        file = settings.file
        if (file, self.slug) in facts.earlier_blocks:
            return ()
        return (
            EditBlock(
                id="settings.begin",
                title="Leave your own computer as it is",
                why="Each platform's block says where it applies. Everywhere else, nothing below has any effect.",
                undo="The block is removed.",
                docs=docs,
                path=file,
                block_id=FIRST_BLOCK,
                before=self.slug,
                text=first_block(settings),
            ),
            EditBlock(
                id="settings",
                title=f"Add the settings for {self.name}",
                why=why,
                undo="The block is removed.",
                docs=docs,
                path=file,
                block_id=self.slug,
                before=LAST_BLOCK,
                text=platform_block(settings, site),
            ),
            EditBlock(
                id="settings.every-site",
                title="Add the settings that every deployed site needs",
                why="They turn debug mode off, read the secret key from a variable, and set up https, hashed names "
                "for static files, and errors in the log. All platforms share them.",
                undo="The block is removed.",
                docs="https://docs.djangoproject.com/en/stable/howto/deployment/checklist/",
                path=file,
                block_id=LAST_BLOCK,
                text=last_block(settings, facts.location),
            ),
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
            why=f"{self.name} gets what is committed and nothing else, so you always know exactly what is deployed.",
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
            why="The tool requests its home page, a static file and the admin, as a browser would. Your project "
            "changes only if they answer.",
            within=within,
        )
