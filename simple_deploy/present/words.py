"""Words that a pupil may want to look up while a run is shown: those of the glossary, and this tool's own."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.core import glossary

_OWN: Mapping[str, str] = {
    "access code": "What proves to the dashboard that you own the server it belongs to.",
    "configure": "Change the project’s files for a platform, and do nothing else.",
    "DEBUG": "A Django setting. On, a page that fails shows its code to everybody; a site on the internet has it off.",
    "dependency": "A package that the project needs, such as Django itself.",
    "deploy": "Make a release of a commit and let it serve.",
    "diff": "What changes in a file: lines with + are new, lines with − go away.",
    "finding": "One result of looking at a project: what is wrong, why it matters, how to fix it.",
    "gunicorn": "The program that runs Django on a server, in place of the development server.",
    "plan": "The steps that a deployment will take, with every change as a diff.",
    "platform": "Where a project is deployed to: this computer, Heroku, Fly.io and others.",
    "rehearsal": "A deployment to a simulated platform on one computer, in a copy of the project.",
    "repository": "The folder that git keeps, with every commit of the project.",
    "roll back": "Let an earlier release serve; the database stays as it is.",
    "run": "One execution of the tool: a plan, a configuration, a deployment, an undo.",
    "secret key": "A value with which Django signs cookies. Whoever knows it can pretend to be anybody.",
    "site": "What a project is once it is deployed: an address, releases, data and logs.",
    "step": "One part of a plan.",
    "undo": "Files back to what they were before a run.",
}

WORDS: Mapping[str, str] = dict(sorted({**glossary.WORDS, **_OWN}.items(), key=lambda pair: pair[0].lower()))
