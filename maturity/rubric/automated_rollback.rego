package maturity.criteria.automated_rollback

import data.maturity.lib

# Objects and endpoints that withdraw a release by metrics.
analysis := array.concat(lib.of("rollback.analysis"), lib.wired(["rollback.managed"]))

deploys := lib.wired(["deploy.model", "deploy.app", "cue.deploy", "registry.promote"])

# A step that runs when another failed, in a chain that deploys by itself.
steps := [lib.by(f, ids) |
	some f in lib.wired(["rollback.step"])
	ids := lib.automatic(f)
	count(lib.on_chain(deploys, lib.chains(ids))) > 0
]

# Code that restores the previous version behind a condition or a failure, where
# the same entry deploys or promotes.
calls := [lib.by(f, ids) |
	some f in lib.wired(["rollback.call"])
	ids := lib.automatic(f)
	count(lib.reaching(deploys, ids)) > 0
]

others := lib.any_of(["rollback.step", "rollback.call", "rollback.health"])

answer := lib.met("a release is withdrawn when its metrics or checks fail", analysis) if {
	count(analysis) > 0
} else := lib.met("the release path restores the previous version when a step fails", steps) if {
	count(steps) > 0
} else := lib.met("the flow that deploys restores the previous version when verification fails", calls) if {
	count(calls) > 0
} else := lib.not_applicable("nothing serves requests") if {
	not lib.has_server
} else := lib.partial("something is rolled back by itself, but not in the path of real releases, or by start-up alone", others) if {
	count(others) > 0
} else := lib.unmet("no release is withdrawn by itself")
