package maturity.criteria.model_release_tests

import data.maturity.lib

# What is packaged is running in the job, or in one that runs before it.
started(id) if count(lib.lead_to(lib.wired(["start.image", "deploy.model", "deploy.app", "cue.deploy", "cue.reload"]), {id})) > 0

# The server itself is started, in a job that must pass before the release.
started(id) if {
	count(lib.lead_to(lib.wired(["start.server"]), {id})) > 0
	count([r | some r in releasing; some to in lib.live(r); to != id; lib.leads(id, to)]) > 0
}

asking := [f | some f in lib.any_of(["probe", "probe.command", "probe.load"]); f.context in {"source", "command"}; is_checked(f)]

is_checked(f) if f.category != "probe"

is_checked(f) if f.detail.checks

tested := [lib.by(f, ids) |
	some f in asking
	ids := {id | some id in lib.gating(f); started(id); in_release(id)}
	count(ids) > 0
]

in_release(id) if lib.entry(id).kind in {"ci-job", "timer", "pipeline"}

in_release(id) if lib.entry(id).automatic

# Tests that are named for a running service run in the job that has started the
# image: they ask it.
by_tests := [lib.by(f, ids) |
	some f in lib.of("probe.tests")
	ids := {id | some id in lib.gating(f); lib.entry(id).kind == "ci-job"; count(lib.reaching(images, {id})) > 0}
	count(ids) > 0
]

# The project's own image: one that the job builds, or all services of a file.
images := [f |
	some f in lib.wired(["start.image"])
	f.context == "command"
	is_own(f)
]

is_own(f) if regex.match(`compose( -\S+ \S+)* up( --?[\w-]+)*$`, f.subject)

is_own(f) if {
	regex.match(`^(docker|podman) run `, f.subject)
	not regex.match(`(postgres|redis|mysql|mongo|rabbitmq|minio|kafka|localstack|mlflow)[\w./-]*(:\S+)?$`, f.subject)
	count([h | some h in lib.wired(["container.build"]); count(lib.live(h) & lib.live(f)) > 0]) > 0
}

# The registered model is loaded and tried by the chain that promotes or ships it.
releasing := lib.wired(["registry.promote", "deploy.model", "deploy.app", "deploy.image"])

registered := [lib.by(f, ids) |
	some f in lib.of("probe.model")
	ids := {id |
		some id in lib.gating(f)
		lib.entry(id).kind == "ci-job"
		some r in releasing
		some to in lib.live(r)
		leads_either(id, to)
	}
	count(ids) > 0
]

leads_either(a, b) if lib.leads(a, b)

leads_either(a, b) if lib.leads(b, a)

# Home-made: what releases calls a function named for trying it out, that can fail.
verified := [f |
	some f in lib.wired(["cue.probe"])
	count(lib.reaching(lib.wired(["cue.deploy", "cue.reload", "deploy.model"]), lib.live(f))) > 0
	count([p | some p in asking; p.path == f.path]) > 0
]

lost := [f | some f in lib.any_of(["probe", "probe.command"]); count(lib.swallowed(f)) > 0]

others := lib.any_of(["probe", "probe.command", "probe.load", "cue.probe"])

answer := lib.met("a job starts what is packaged and asks it for a prediction", tested) if {
	count(tested) > 0
} else := lib.met("a job starts what is packaged and runs the tests that ask it", array.concat(by_tests, images)) if {
	count(by_tests) > 0
	lib.has_server
} else := lib.met("the chain that releases loads the registered model and tries it", registered) if {
	count(registered) > 0
} else := lib.met("what releases a model asks it for a prediction, and stops if it is wrong", verified) if {
	count(verified) > 0
} else := lib.partial("the released model is asked for a prediction, but a wrong answer stops nothing", lost) if {
	count(lost) > 0
} else := lib.partial("there is code that asks for a prediction, but no release runs it", others) if {
	count(others) > 0
} else := lib.not_applicable("nothing is served") if {
	lib.nothing_to_release
} else := lib.unmet("no release is asked for a prediction")
