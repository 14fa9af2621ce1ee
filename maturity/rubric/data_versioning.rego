package maturity.criteria.data_versioning

import data.maturity.criteria.dependency_locking
import data.maturity.lib

hashed := [f | some f in lib.of("data.dvc"); f.detail.remote]

unkept := lib.of("data.dvc")

versioned := lib.with_training(lib.wired(["data.version"]))

snapshots := lib.with_training(lib.wired(["data.snapshot"]))

# One period of a source that keeps the past as it was, named by a parameter.
periods := lib.with_training(lib.wired(["data.partition"]))

committed := lib.of("data.committed")

# What comes with a package has the version of the package.
builtin := lib.with_training(lib.wired(["data.builtin"]))

moving := array.concat([f | some f in lib.any_of(["data.fetch"]); f.context in {"source", "notebook"}], builtin)

declared := lib.unwired(["data.version"])

answer := lib.met("DVC keeps the training data by its hash", hashed) if {
	count(hashed) > 0
} else := lib.met(sprintf("training asks %s for a version of the data", [lib.tools(versioned)]), versioned) if {
	count(versioned) > 0
} else := lib.met("each run keeps a snapshot of its data under a version of its own", snapshots) if {
	count(snapshots) > 0
} else := lib.met("the data that training reads is kept in git", committed) if {
	count(committed) > 0
} else := lib.met("training is told which period of the source it reads", periods) if {
	count(periods) > 0
} else := lib.met("the data comes with a package whose version is locked", builtin) if {
	count(builtin) > 0
	dependency_locking.answer.verdict == "met"
} else := lib.partial("DVC knows the hash of the data, but no remote keeps the data itself", unkept) if {
	count(unkept) > 0
} else := lib.partial("the data comes from a source that may change, without a version", moving) if {
	count(moving) > 0
} else := lib.partial(sprintf("%s is named %s", [declared[0].tool, lib.where(declared[0])]), declared) if {
	count(declared) > 0
} else := lib.unmet("nothing says which version of the data a run was trained on")
