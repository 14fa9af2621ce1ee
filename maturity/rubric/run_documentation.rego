package maturity.criteria.run_documentation

import data.maturity.lib

purpose := lib.of("doc.purpose")

enough := [f | some f in purpose; f.detail.enough]

commands := [f | some f in lib.of("doc.command"); f.detail.exists]

missing := [f | some f in lib.of("doc.command"); not f.detail.exists]

set_up := [f | some f in commands; f.detail.kind == "setup"]

runs := [f | some f in commands; f.detail.kind in {"run", "test"}]

answer := lib.met(sprintf("the documentation says what it is for, and %d of its commands work on what is here", [count(commands)]), array.concat(enough, array.concat(array.slice(set_up, 0, 1), runs))) if {
	count(enough) > 0
	count(set_up) > 0
	count(runs) > 0
	count(commands) >= count(missing)
} else := lib.met(sprintf("the documentation says what it is for, and %d of its commands work on what is here", [count(commands)]), array.concat(enough, runs)) if {
	count(enough) > 0
	count(runs) > 2
	count(commands) >= count(missing)
} else := lib.partial("most of the commands that the documentation gives work on what is not here", missing) if {
	count(missing) > count(commands)
} else := lib.partial("the documentation does not say what it is for", lib.of("doc.command")) if {
	count(purpose) == 0
	count(lib.of("doc.command")) > 0
} else := lib.partial("the documentation is too short to say what to do", purpose) if {
	count(purpose) > 0
	count(enough) == 0
} else := lib.partial("the documentation gives no commands to set up and to run what is here", purpose) if {
	count(purpose) > 0
} else := lib.unmet("nothing says what this is for and how it is run")
