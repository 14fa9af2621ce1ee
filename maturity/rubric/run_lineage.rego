package maturity.criteria.run_lineage

import data.maturity.lib

# Trackers that note the commit by themselves.
by_itself := [f |
	some f in lib.with_training(lib.wired(["tracking"]))
	f.tool in {"MLflow", "Weights & Biases", "DVCLive", "ClearML", "Comet", "Neptune", "Aim", "Sacred", "Lightning"}
]

commits := array.concat(lib.with_training(lib.wired(["commit", "commit.key"])), by_itself)

# What a run says of its data: logged by a tracker, written under a key, or kept
# by an orchestrator that hands artefacts on.
artefacts := [f | some f in lib.wired(["pipeline.flow"]); f.tool in {"ZenML", "TFX", "Kubeflow Pipelines", "Vertex AI"}]

datasets := array.concat(lib.with_training(lib.wired(["lineage.data", "data.key"])), artefacts)

# A dvc.lock ties the hashes of code, data and parameters to its commit.
tied := [f | some f in lib.of("sequence"); f.tool == "dvc"; f.detail.trains; f.detail.locked; count(lib.live(f)) > 0]

locks := [f | some f in lib.of("data.dvc"); endswith(f.path, "dvc.lock")]

answer := lib.met("dvc.lock ties code, data and parameters of a run to the commit", array.concat(locks, tied)) if {
	count(tied) > 0
} else := lib.met("muster records the commit, the hashes of the data and the environment of each run", lib.recorded) if {
	count(lib.recorded) > 0
} else := lib.met("each run records its commit and which data it used", array.concat(array.slice(datasets, 0, 2), commits)) if {
	count(commits) > 0
	count(datasets) > 0
} else := lib.partial("a run records its commit, but not which data it used", commits) if {
	count(commits) > 0
} else := lib.partial("a run records its data, but not its commit", datasets) if {
	count(datasets) > 0
} else := lib.unmet("runs record neither their commit nor their data")
