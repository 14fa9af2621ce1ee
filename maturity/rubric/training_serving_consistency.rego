package maturity.criteria.training_serving_consistency

import data.maturity.lib

modules := lib.wired(["features.shared"])

fitted := lib.wired(["features.fitted"])

saved := lib.wired(["model.save"])

# A pipeline that holds the preprocessing is saved where it is made, and
# something else loads it.
pipelines := [f |
	some f in lib.of("features.pipeline")
	f.context == "source"
	count([s | some s in lib.of("model.save"); s.context == "source"]) > 0
	count(loads) > 0
]

elsewhere := [f | some f in lib.wired(["load", "registry.lookup", "features.load"]); not f.path in lib.training_files]

# Where it is seen what the server loads, that decides. A file of a library of trees
# holds trees, and nothing that comes before them.
by_server := lib.reaching(elsewhere, lib.entries_of(lib.servers))

loads := [f | some f in by_server; not object.get(f, "tool", "") in {"CatBoost", "XGBoost", "LightGBM"}] if {
	count(by_server) > 0
} else := elsewhere

tokenizers := [f |
	some f in lib.wired(["features.tokenizer"])
	not f.path in lib.training_files
	some t in lib.of("features.tokenizer")
	t.context == "source"
	t.path != f.path
	t.subject == f.subject
]

stores := [f |
	some f in lib.wired(["features.online"])
	count(lib.any_of(["features.offline"])) > 0
]

steps := lib.any_of(["features.pipeline", "features.step", "features.tokenizer"])

answer := lib.met("training and serving import the same feature code", modules) if {
	count(modules) > 0
} else := lib.met("the preprocessing is saved with the model, and loaded with it", array.concat(pipelines, loads)) if {
	count(pipelines) > 0
} else := lib.met("serving applies the preprocessing that was fitted in training", fitted) if {
	count(fitted) > 0
} else := lib.met("training and serving read the same feature store", stores) if {
	count(stores) > 0
} else := lib.met("training and serving use the same tokenizer", tokenizers) if {
	count(tokenizers) > 0
} else := lib.not_applicable("nothing is served") if {
	not lib.is_used
} else := lib.not_applicable("there is no preprocessing") if {
	count(steps) == 0
} else := lib.unmet("serving does not share the preprocessing of training")
