package maturity.criteria.ground_truth_feedback

import data.maturity.lib

# A join counts where it runs by itself, or in what serves; not in the file that
# trains, which joins its own test set.
joined := [lib.by(f, ids) |
	some f in lib.wired(["outcome.join", "outcome.managed"])
	not f.path in lib.training_files
	ids := running(f)
	count(ids) > 0
]

running(f) := lib.automatic(f) | {id | some id in lib.live(f); lib.entry(id).kind in {"image", "service", "timer"}}

# A monitor that is put in place runs by the platform's own timer.
placed := [f | some f in lib.wired(["outcome.managed"]); object.get(f, "note", "") == "put in place"]

joins := lib.any_of(["outcome.join", "outcome.managed"])

endpoints := [f | some f in lib.of("outcome.endpoint"); f.context == "source"]

answer := lib.met("predictions are joined with what came true", joined) if {
	count(joined) > 0
} else := lib.met("a platform's monitor merges the outcomes with the predictions", placed) if {
	count(placed) > 0
} else := lib.partial("predictions can be joined with outcomes, but nothing does it by itself", joins) if {
	count(joins) > 0
} else := lib.partial("outcomes are taken in, but not joined with the predictions", endpoints) if {
	count(endpoints) > 0
} else := lib.unmet("no outcomes are joined with predictions")
