package maturity.criteria.progressive_delivery

import data.maturity.lib

# Configuration that divides requests, and something applies it.
applied := [f |
	some f in lib.of("traffic")
	f.context in {"source", "command"}
	not lib.is_prose(f)
	in_use(f)
]

# A command that people copy from a page has no release behind it.
in_use(f) if {
	some id in lib.live(f)
	lib.entry(id).kind != "documented"
}

in_use(f) if f.detail.synced

# Home-made: a function named for it that throws dice or counts by a hash, in
# what serves; or a feature flag there.
divided := [f |
	some f in lib.wired(["cue.split"])
	some c in lib.of("cue.chance")
	c.path == f.path
	c.function == f.function
	count(lib.reaching(lib.servers, lib.live(f))) > 0
]

flagged := [f | some f in lib.wired(["cue.flag"]); count(lib.reaching(lib.wired(["infer", "load"]), lib.live(f))) > 0]

others := lib.of("traffic")

answer := lib.met(sprintf("a new version gets a part of the requests first: %s", [applied[0].subject]), applied) if {
	count(applied) > 0
} else := lib.met("what serves divides requests among models", array.concat(divided, flagged)) if {
	count(divided) + count(flagged) > 0
} else := lib.partial("traffic is divided in a file that no release applies", others) if {
	count(others) > 0
} else := lib.not_applicable("models are scored by jobs, not by a server") if {
	lib.batch_only
} else := lib.unmet("a new version gets all requests at once")
