package maturity.criteria.dependency_locking

import data.maturity.lib

# What CI, an image or an environment installs, with the places that do.
all_places := [f |
	some f in lib.of("install")
	runs(f)
	f.detail.language in languages
]

# The places that count are those that install what handles data and models; a
# job that fetches a tool does not, nor a service beside the model.
makers := {f.detail.unit | some f in all_places; f.detail.models}

places := [f | some f in all_places; f.detail.unit in makers] if {
	count(makers) > 0
} else := [f | some f in all_places; f.detail.whole]

runs(f) if count(f.entries) == 0

runs(f) if {
	some id in lib.live(f)
	lib.entry(id).kind in lib.machines
}

# Models are made in Python, R, Julia or on the JVM; a page beside them in
# another language is not what has to be repeated.
languages := {"ml"} if {
	some f in lib.of("install")
	f.detail.language == "ml"
	f.detail.models
	runs(f)
} else := {f.detail.language | some f in lib.of("install")}

locks := [f | some f in places; f.detail.locked; not rivalled(f); not given_up(f)]

# The same place writes the lock anew, or installs what makes models without one.
given_up(f) if {
	some g in places
	g.detail.unit == f.detail.unit
	not g.detail.locked
	outweighs(g, f)
}

outweighs(g, _) if object.get(g.detail, "renews", false)

outweighs(g, f) if {
	g.detail.models
	not f.detail.models
}

# Some packages by name, beside the project with whatever versions fit.
outweighs(g, f) if {
	g.detail.models
	not f.detail.whole
}

# Of two ways between which the place decides, the other one is not locked.
rivalled(f) if {
	object.get(f, "conditional", false)
	some g in places
	g.detail.unit == f.detail.unit
	g.detail.whole
	not g.detail.locked
	object.get(g, "conditional", false)
}

locked := {f.detail.unit | some f in locks}

loose := {f.detail.unit | some f in places; not f.detail.locked} - locked

# The lock is what most of the places install from.
answer := lib.met(sprintf("%d of %d places that install packages do so from a lock: %s", [count(locked), count(locked) + count(loose), locks[0].subject]), locks) if {
	count(locked) > 0
	count(locked) >= count(loose)
} else := lib.partial(sprintf("%d of %d places that install packages do so from a lock", [count(locked), count(locked) + count(loose)]), others) if {
	count(locked) > 0
} else := lib.partial(sprintf("there is a lock, %s, but neither CI nor an image installs from it", [files[0].subject]), files) if {
	count(files) > 0
} else := lib.partial(sprintf("what is installed is not pinned: %s", [lib.of("install")[0].subject]), lib.of("install")) if {
	count(lib.of("install")) > 0
} else := lib.unmet("no version of a package is pinned")

others := [f | some f in places; f.detail.unit in loose]

files := lib.of("lock")
