package maturity.criteria.static_analysis

import data.maturity.lib

checks := lib.checked(["lint"])

# What a formatter mended fails the job, if that asks afterwards whether anything changed.
held := [lib.by(f, ids) |
	some f in lib.in_ci(["lint.report"])
	some d in lib.checked(["lint.unchanged"])
	d.path == f.path
	d.line > f.line
	ids := {l.id | some l in f.entries} & {l.id | some l in d.entries}
	count(ids) > 0
]

# A service of the forge reads its own section of the hooks' file.
service := [f | some f in lib.of("lint.service"); f.context == "source"]

lost := [f | some f in lib.in_ci(["lint"]); count(lib.swallowed(f)) > 0; count(lib.live(f)) > 0]

lax := lib.in_ci(["lint.report"])

beside := lib.checked(["lint.other"])

idle := lib.in_ci(["lint"])

# What starts the build lies in a cloud or on a page of the host.
outside := [f | some f in idle; count(lib.triggered(f, {"elsewhere"}) & lib.gating(f)) > 0]

others := array.concat(lib.any_of(["lint"]), lib.any_of(["lint.config", "lint.report", "lint.other"]))

answer := lib.met(sprintf("CI checks the code with %s", [lib.tools(checks)]), checks) if {
	count(checks) > 0
} else := lib.met(sprintf("CI runs %s, and fails where that mends anything", [lib.tools(held)]), held) if {
	count(held) > 0
} else := lib.met("pre-commit.ci checks every change with the hooks of the repository", service) if {
	count(service) > 0
} else := lib.partial(sprintf("CI runs %s, but what it finds cannot fail the build: %s", [lost[0].tool, lib.swallowed(lost[0])[0]]), lost) if {
	count(lost) > 0
} else := lib.partial(sprintf("CI runs %s, which mends or reports and does not fail", [lax[0].subject]), lax) if {
	count(lax) > 0
} else := lib.partial("CI checks other files than the code", beside) if {
	count(beside) > 0
} else := lib.unknown("a build checks the code, but what starts it is kept outside the files", outside) if {
	count(outside) > 0
} else := lib.partial("the job that checks the code never runs by itself", idle) if {
	count(idle) > 0
} else := lib.partial(sprintf("%s is set up, but CI does not run it", [others[0].subject]), others) if {
	count(others) > 0
} else := lib.unmet("nothing checks the code")
