"""All a plugin may import. Everything else of the tool may change between minor versions."""

# `X as X` hands a name on, for type checkers too (PEP 484).
from simple_deploy.core.errors import (
    Blocked as Blocked,
    Cancelled as Cancelled,
    CommandFailed as CommandFailed,
    InvalidAnswer as InvalidAnswer,
    MissingAnswers as MissingAnswers,
    PluginError as PluginError,
    ProjectError as ProjectError,
    SimpleDeployError as SimpleDeployError,
    SiteNotHealthy as SiteNotHealthy,
    StepError as StepError,
    TimedOut as TimedOut,
    ToolMissing as ToolMissing,
)
from simple_deploy.core.facts import (
    Database as Database,
    Declared as Declared,
    Dependencies as Dependencies,
    ExistingFile as ExistingFile,
    FrontEnd as FrontEnd,
    Gap as Gap,
    GitFacts as GitFacts,
    Host as Host,
    Location as Location,
    Process as Process,
    ProjectFacts as ProjectFacts,
    Service as Service,
    Settings as Settings,
    VariableUse as VariableUse,
)
from simple_deploy.core.findings import Finding as Finding, Level as Level, deploy_blockers as deploy_blockers
from simple_deploy.core.interfaces import Completed as Completed, Context as Context, Response as Response
from simple_deploy.core.known_failures import Cause as Cause
from simple_deploy.core.options import Answers as Answers, Choice as Choice, Option as Option, Question as Question
from simple_deploy.core.paths import inside as inside
from simple_deploy.core.plan import Hosting as Hosting, Plan as Plan
from simple_deploy.core.quoting import (
    in_double_quotes as in_double_quotes,
    not_an_option as not_an_option,
    quoted as quoted,
)
from simple_deploy.core.resources import Resource as Resource
from simple_deploy.core.secret import Secret as Secret, looks_secret as looks_secret
from simple_deploy.core.steps import (
    DEPLOY_GROUP as DEPLOY_GROUP,
    AddRequirements as AddRequirements,
    Call as Call,
    CheckUrl as CheckUrl,
    Commit as Commit,
    EditBlock as EditBlock,
    ExportRequirements as ExportRequirements,
    PlaceFile as PlaceFile,
    RemoveFile as RemoveFile,
    RemoveRequirements as RemoveRequirements,
    RunCommand as RunCommand,
    Step as Step,
    WriteFile as WriteFile,
)
from simple_deploy.core.system_packages import Need as Need, Needed as Needed
from simple_deploy.platforms.admin import (
    ADMIN as ADMIN,
    LOADED as LOADED,
    AdminUser as AdminUser,
    admin_question as admin_question,
    run_management as run_management,
)
from simple_deploy.platforms.advice import (
    SiteCommands as SiteCommands,
    deploy_command as deploy_command,
    on_push_advice as on_push_advice,
    standard_advice as standard_advice,
)
from simple_deploy.platforms.base import (
    Advice as Advice,
    Card as Card,
    FinishedRun as FinishedRun,
    Link as Link,
    Operation as Operation,
    Platform as Platform,
    Release as Release,
    Remote as Remote,
    SiteState as SiteState,
)
from simple_deploy.platforms.beside import (
    BACKGROUND as BACKGROUND,
    Beside as Beside,
    after_migrating as after_migrating,
    command_in as command_in,
    covers as covers,
    local_redis as local_redis,
    migrating as migrating,
    running as running,
    timed as timed,
)
from simple_deploy.platforms.builder import (
    building as building,
    front_end_findings as front_end_findings,
    system_needs as system_needs,
    unreachable_sources as unreachable_sources,
)
from simple_deploy.platforms.changed import (
    VariableChange as VariableChange,
    changes as changes,
    fingerprints as fingerprints,
)
from simple_deploy.platforms.charts import Chart as Chart, Sample as Sample, charts_of as charts_of
from simple_deploy.platforms.checking import django_check as django_check
from simple_deploy.platforms.cli import Calls as Calls, ProgramPlatform as ProgramPlatform
from simple_deploy.platforms.committed import as_committed as as_committed
from simple_deploy.platforms.delivery import Delivery as Delivery
from simple_deploy.platforms.domains import DnsRecord as DnsRecord, Domain as Domain, leading_to as leading_to
from simple_deploy.platforms.existing import (
    Keeping as Keeping,
    Lack as Lack,
    PlatformFile as PlatformFile,
    lacks_migration as lacks_migration,
    lacks_packages as lacks_packages,
    lacks_python as lacks_python,
    lacks_server as lacks_server,
    lacks_static_files as lacks_static_files,
)
from simple_deploy.platforms.hookspecs import hookimpl as hookimpl
from simple_deploy.platforms.identity import (
    PROJECT_VARIABLE as PROJECT_VARIABLE,
    folder_mark as folder_mark,
    forget as forget,
    project_id as project_id,
    read_text as read_text,
    remember as remember,
    remembered as remembered,
    suggested_name as suggested_name,
)
from simple_deploy.platforms.on_push import OnPush as OnPush
from simple_deploy.platforms.planning import Planning as Planning, planned as planned
from simple_deploy.platforms.prices import Prices as Prices
from simple_deploy.platforms.production import (
    EQUIVALENTS as EQUIVALENTS,
    HASHED_STATIC as HASHED_STATIC,
    PLAIN_STATIC as PLAIN_STATIC,
    WHITENOISE as WHITENOISE,
    Server as Server,
    SiteSettings as SiteSettings,
    application_server as application_server,
    engine_rows as engine_rows,
    has_database as has_database,
    kept_rows as kept_rows,
    postgres_rows as postgres_rows,
    project_folder as project_folder,
    serves_asgi as serves_asgi,
    site_requirements as site_requirements,
    static_folder as static_folder,
    unreachable_settings as unreachable_settings,
    uses_static_files as uses_static_files,
    uses_uploads as uses_uploads,
)
from simple_deploy.platforms.program import (
    Argv as Argv,
    Login as Login,
    Organizations as Organizations,
    Program as Program,
    json_in as json_in,
    object_in as object_in,
    objects_in as objects_in,
    plain as plain,
    push as push,
    quietly as quietly,
    said as said,
)
from simple_deploy.platforms.python import PythonChoice as PythonChoice, choose_python as choose_python
from simple_deploy.platforms.schedule import Schedule as Schedule
from simple_deploy.platforms.server.operation import ServerSite as ServerSite
from simple_deploy.platforms.server.platform import (
    SERVER_DATABASES as SERVER_DATABASES,
    SERVER_MANAGERS as SERVER_MANAGERS,
    SERVER_UNREHEARSED as SERVER_UNREHEARSED,
    ServerPlatform as ServerPlatform,
)
from simple_deploy.platforms.server.provider import (
    SERVER_EVERYBODY as SERVER_EVERYBODY,
    SERVER_LABEL as SERVER_LABEL,
    SERVER_PORTS as SERVER_PORTS,
    Api as Api,
    Machine as Machine,
    Provider as Provider,
    Wanted as Wanted,
    entries as entries,
    entry as entry,
    fingerprint as fingerprint,
)
from simple_deploy.platforms.server.rented import ProviderPlatform as ProviderPlatform
from simple_deploy.platforms.simulation import SCENARIOS as SCENARIOS, Simulation as Simulation
from simple_deploy.platforms.site import Site as Site, SitePlatform as SitePlatform
from simple_deploy.platforms.sizes import Size as Size, Sizes as Sizes
from simple_deploy.platforms.steps import Steps as Steps
from simple_deploy.platforms.variables import (
    chosen_variables as chosen_variables,
    debug_off as debug_off,
    expected_variables as expected_variables,
    insisted as insisted,
    missing_variables as missing_variables,
    sent_variables as sent_variables,
    own_variables as own_variables,
    site_variables as site_variables,
    variable_findings as variable_findings,
    variable_options as variable_options,
)
