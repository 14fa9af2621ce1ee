package maturity.criteria.modular_code

import data.maturity.lib

signals := ["train", "infer", "load", "tuning"]

code := lib.wired(signals)

# A pickle that is read, and a predict of what nobody knows, are each nothing of
# models: together they score.
scoring := lib.wired(["serve"])

# In a library, the examples are what uses it.
shown := [f | some f in lib.any_of(signals); f.context == "example"; input.kind == "library"]

unreached := [f | some f in lib.any_of(signals); f.context in {"source", "unused"}]

# The users of a library run its modules.
shipped := [f | some f in unreached; input.kind == "library"]

notebooks := [f | some f in lib.any_of(signals); f.context == "notebook"]

answer := lib.met(sprintf("%d calls that train or predict stand in modules that something runs", [count(code)]), code) if {
	count(code) > 0
} else := lib.met("a module that something runs loads a model and answers with it", scoring) if {
	count(scoring) > 0
} else := lib.met("the code that trains and predicts stands in modules, those of the examples", shown) if {
	count(shown) > 0
} else := lib.met("the code that trains and predicts stands in the modules that users import", shipped) if {
	count(shipped) > 0
} else := lib.partial("modules train or predict, but nothing that is here runs them", unreached) if {
	count(unreached) > 0
} else := object.union(lib.unmet("all code that trains or predicts is in notebooks"), {"evidence": lib.evidence(notebooks)}) if {
	count(notebooks) > 0
} else := lib.unmet("no module trains or predicts")
