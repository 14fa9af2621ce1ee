package maturity.criteria.environment_promotion

import data.maturity.lib

stages := [f | some f in lib.wired(["deploy.stage"]); f.subject != "preview"]

before := {"staging", "development"}

# Production is deployed by a job that needs one that deploys an earlier
# environment.
ordered := [[early, late] |
	some late in stages
	late.subject == "production"
	some early in stages
	early.subject in before
	some to in lib.live(late)
	some from in lib.live(early)
	from != to
	from in lib.needed(to)
]

# Each environment has its own deployment: the branch, tag or input chooses.
early := [f | some f in stages; f.subject in before; by_ci(f)]

late := [f | some f in stages; f.subject == "production"; by_ci(f)]

by_ci(f) if {
	some id in lib.live(f)
	lib.entry(id).kind in {"ci-job", "pipeline", "timer"}
}

# The registry's stages: one is left for the other by what runs by itself.
registry := [f |
	some f in lib.wired(["registry.stage"])
	count(lib.automatic(f)) > 0
]

registry_names := {f.subject | some f in registry}

# Home-made: the same work runs in both environments, and a script promotes from
# one to the other.
running := {f.subject | some f in lib.wired(["run.stage"])}

promotes := array.concat(lib.wired(["registry.promote"]), lib.wired(["cue.promote"]))

configured := [f | some f in lib.of("env.config"); f.context == "source"]

answer := lib.met("production is deployed after an earlier environment", ordered[0]) if {
	count(ordered) > 0
} else := lib.met("earlier environments and production are deployed by rule", array.concat(early, late)) if {
	count(early) > 0
	count(late) > 0
} else := lib.met("a version moves from staging to production in the registry", registry) if {
	count({"staging", "production"} - registry_names) == 0
} else := lib.met("what serves runs in staging and in production, and a script promotes", array.concat(lib.wired(["run.stage"]), promotes)) if {
	count({"staging", "production"} - running) == 0
	count(promotes) > 0
} else := lib.partial("one environment is deployed, no other comes before it", stages) if {
	count({f.subject | some f in stages}) > 1
} else := lib.partial("environments are configured, but no release moves through them", configured) if {
	count(configured) > 0
} else := lib.unmet("there is one environment only")
