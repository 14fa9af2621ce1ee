package maturity.criteria.model_evaluation

import data.maturity.lib

measures := array.concat(lib.wired(["metric", "metric.own"]), staged)

# A stage that is named for measuring writes the metrics, whatever it measures them
# with, in a definition that trains.
staged := [f |
	some f in lib.wired(["metrics.stage"])
	regex.match(`(?i)eval|measure|test|valid|score|metric|assess`, object.get(f, ["detail", "stage"], ""))
	some s in lib.of("sequence")
	s.path == f.path
	s.detail.trains
]

heldout := lib.wired(["heldout", "heldout.name"])

kept := lib.wired(["tracking", "metrics.file", "metrics.stage", "record.experiment", "tracking.local"])

# One and the same path measures, on data that training does not see, and keeps the result.
paths := lib.chains(lib.entries_of(measures)) & lib.chains(lib.entries_of(heldout))

whole := paths & lib.chains(lib.entries_of(kept))

found := array.concat(array.slice(lib.on_chain(first_of(measures), whole), 0, 2), array.slice(lib.on_chain(kept, whole), 0, 2))

first_of(facts) := [f | some f in facts; f.category == "metric"] if {
	some f in facts
	f.category == "metric"
	count(lib.chains(lib.live(f)) & whole) > 0
} else := facts

unseen := lib.on_chain(measures, paths)

elsewhere := lib.unwired(["metric"])

answer := lib.met("what is run scores the model on held-out data and keeps the metrics", found) if {
	count(whole) > 0
} else := lib.partial("the model is scored on held-out data, but the metrics are kept nowhere", unseen) if {
	count(paths) > 0
} else := lib.partial("the model is scored, but on no data that is seen to be held out", measures) if {
	count(measures) > 0
} else := lib.partial(sprintf("metrics are computed %s", [lib.where(elsewhere[0])]), elsewhere) if {
	count(elsewhere) > 0
} else := lib.unmet("nothing scores the model on held-out data")
