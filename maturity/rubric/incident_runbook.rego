package maturity.criteria.incident_runbook

import data.maturity.lib

books := lib.of("runbook")

complete := [f | some f in books; f.detail.owner != ""; f.detail.rollback != ""; f.detail.known]

answer := lib.met(sprintf("%s names %s and a rollback command that exists", [complete[0].subject, complete[0].detail.owner]), complete) if {
	count(complete) > 0
} else := lib.partial("a runbook takes the model back, but names no owner", [f | some f in books; f.detail.rollback != ""]) if {
	some f in books
	f.detail.rollback != ""
} else := lib.partial("a runbook exists, but without a rollback command that exists", books) if {
	count(books) > 0
} else := lib.unmet("no runbook")
