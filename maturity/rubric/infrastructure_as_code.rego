package maturity.criteria.infrastructure_as_code

import data.maturity.lib

# Folders in which infrastructure is described.
code := [f | some f in lib.of("infra.code"); f.context == "source"]

# A job of CI plans or applies it, and fails if that fails; or a controller keeps
# the cluster in step with the folder.
applied := [lib.by(f, ids) |
	some f in code
	ids := {id | some id in lib.gating(f); lib.entry(id).kind == "ci-job"}
	count(ids) > 0
]

synced := [f | some f in code; f.detail.synced]

by_hand := [f | some f in code; count(lib.live(f)) > 0]

looked_over := lib.wired(["infra.check"])

answer := lib.met(sprintf("CI plans or applies what %s describes", [lib.tools(applied)]), applied) if {
	count(applied) > 0
} else := lib.met("a controller keeps the cluster in step with the repository", synced) if {
	count(synced) > 0
} else := lib.partial(sprintf("what %s describes is applied by commands that people run", [lib.tools(by_hand)]), by_hand) if {
	count(by_hand) > 0
} else := lib.partial("infrastructure is described and its files are checked, but nothing applies it", array.concat(code, looked_over)) if {
	count(code) > 0
	count(looked_over) > 0
} else := lib.partial(sprintf("infrastructure is described with %s, but nothing applies it", [lib.tools(code)]), code) if {
	count(code) > 0
} else := lib.unmet("no infrastructure is described as code")
