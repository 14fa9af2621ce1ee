package maturity.criteria.model_rollback

import data.maturity.lib

# A command of a job, target or script that puts a version back; one that stands
# in documentation only is prose.
scripted := [f | some f in lib.wired(["rollback"]); not lib.is_prose(f)]

# A pipeline or script that deploys, or names as current, the version it is told.
told := [f |
	some f in lib.wired(["deploy.version"])
	f.note in {"deploy.model", "registry.promote"}
]

asked := [f |
	some f in lib.wired(["deploy.version"])
	f.note == "input"
	count(lib.reaching(lib.wired(["deploy.model", "registry.promote"]), lib.live(f))) > 0
]

# An input that is said to choose a model, of a pipeline that deploys.
chosen := [f | some f in lib.wired(["deploy.version"]); f.note == "input.model"]

# Home-made: a function named for it, beside what serves or says what is current.
named := [f |
	some f in lib.wired(["call.rollback"])
	count([o | some o in lib.wired(["serving.app", "registry.promote", "deploy.model", "cue.reload", "cue.deploy", "registry.store"]); o.path == f.path]) > 0
]

# A script, target or job of that name that does something.
tasks := [f | some f in lib.of("task.rollback"); startable(f)]

startable(f) if count(lib.live(f)) > 0

# A script that is told the version needs nothing to start it but a person.
startable(f) if lib.detail(f, "script")

prose := array.concat(lib.of("rollback"), [f | some f in lib.of("cue.rollback"); beside_releases(f)])

beside_releases(f) if count([o | some o in lib.any_of(["registry.promote", "deploy.model", "cue.reload", "cue.deploy"]); o.path == f.path]) > 0

answer := lib.met("one command puts the version before back", array.concat(scripted, tasks)) if {
	count(scripted) + count(tasks) > 0
} else := lib.met("what deploys takes the version as an argument", array.concat(array.concat(told, asked), chosen)) if {
	count(told) + count(asked) + count(chosen) > 0
} else := lib.met("what serves can be told to go back to a version", named) if {
	count(named) > 0
} else := lib.partial("going back is written down, but no script does it", prose) if {
	count(prose) > 0
} else := lib.not_applicable("nothing is served") if {
	lib.nothing_to_release
	count(lib.any_of(["registry.register"])) == 0
} else := lib.unmet("no script puts an earlier model back")
