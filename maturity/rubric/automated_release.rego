package maturity.criteria.automated_release

import data.maturity.lib

kinds := ["publish", "release.create", "deploy.image", "deploy.app", "deploy.model", "publish.model"]

releases := lib.released(kinds)

by_hand := [f | some f in lib.in_ci(kinds); count(lib.live(f)) > 0]

lost := [f | some f in by_hand; count(lib.swallowed(f)) > 0]

on_change := [f | some f in by_hand; count(lib.triggered(f, {"change"})) > 0]

# What starts the build lies in a cloud or on a page of the host.
outside := [f | some f in by_hand; count(lib.triggered(f, {"elsewhere"})) > 0]

# A reusable workflow of somebody else, that is named for releasing.
elsewhere := [f | some f in input.unresolved; regex.match(`(?i)deploy|release|publish|push_image|build_and_push`, f.subject)]

off := lib.in_ci(kinds)

built := lib.in_ci(["container.build"])

commands := lib.wired(kinds)

answer := lib.met(sprintf("CI releases: %s", [releases[0].subject]), releases) if {
	count(releases) > 0
} else := lib.partial(sprintf("CI releases, but its failure is lost: %s", [lib.swallowed(lost[0])[0]]), lost) if {
	count(lost) > 0
} else := lib.unknown("a build releases, but what starts it is kept outside the files", outside) if {
	count(outside) > 0
} else := lib.partial("only a change request releases: what is merged is not released", on_change) if {
	count(on_change) > 0
} else := lib.partial("a person must start the job that releases", by_hand) if {
	count(by_hand) > 0
} else := lib.partial("the job that releases never runs", off) if {
	count(off) > 0
} else := lib.unknown("CI hands the release to a pipeline that lies in another repository", elsewhere) if {
	count(elsewhere) > 0
} else := lib.partial("CI builds, but publishes nothing", built) if {
	count(built) > 0
} else := lib.partial("there is a command that releases, which people run", commands) if {
	count(commands) > 0
} else := lib.unmet("CI publishes and deploys nothing")
