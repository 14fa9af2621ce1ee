package maturity.criteria.containerised_environment

import data.maturity.lib

# Images count that something builds or runs as a matter of course; those of a target
# or a page that people follow do not.
builds := [lib.by(f, ids) |
	some f in lib.of("container.build")
	lib.own(f)
	ids := {id | some id in lib.live(f); lib.entry(id).kind in lib.machines}
	count(ids) > 0
]

# A file of a platform, which needs no one to run it.
platforms := [f | some f in lib.of("container.build"); f.context == "source"; count(f.entries) == 0; object.get(f, "tool", "") == ""]

# A pipeline runs in an environment that code registers, whoever starts either.
named := [f |
	some f in lib.wired(["container.named"])
	some p in lib.wired(["pipeline.flow"])
	p.path == f.path
]

registered := [f | some f in lib.wired(["container.build"]); f.context == "source"; object.get(f, "note", "") == "an environment that the platform builds"]

by_hand := lib.of("container.build")

files := lib.of("container.file")

answer := lib.met(sprintf("the environment is an image built from code: %s", [builds[0].subject]), builds) if {
	count(builds) > 0
} else := lib.met(sprintf("the environment is built from code: %s", [platforms[0].subject]), platforms) if {
	count(platforms) > 0
} else := lib.met("the pipeline runs in an environment that is registered from code", array.concat(registered, named)) if {
	count(registered) > 0
	count(named) > 0
} else := lib.partial("people build the image by hand", by_hand) if {
	count(by_hand) > 0
} else := lib.partial(sprintf("%s describes an environment, but nothing builds it", [files[0].subject]), files) if {
	count(files) > 0
} else := lib.unmet("no image or environment is built from code")
