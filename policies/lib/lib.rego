# METADATA
# title: What the gate's rules share
# description: |
#   Views of the input that the bundled rules use. A team's policies may import
#   this package too: `import data.muster.lib`.
package muster.lib

# METADATA
# title: The candidate is the champion
# description: True if both models have the same bytes.
same_model if input.candidate.digest == input.champion.digest

# METADATA
# title: Comparisons over all rows
# description: |
#   Those that are gated, with the champion or the baseline that stands in for it.
#   Without either there are none.
overall contains c if {
	some c in compared
	c.gated
	not guarded(c)
	object.get(c, "slice", "") == ""
}

# METADATA
# title: Comparisons on slices
# description: All of them, gated or only shown. Without a champion there are none.
sliced contains c if {
	some c in compared
	object.get(c, "slice", "") != ""
}

compared contains c if {
	input.champion != null
	some c in input.comparison
}

compared contains c if {
	some c in input.comparison
	c.against == "baseline"
}

# METADATA
# title: A comparison that guards in the long run
# description: With the anchor, or on the data that is opened for promotion only.
guarded(c) if c.against == "anchor"

guarded(c) if c.data == "audit"

# METADATA
# title: A metric's value
# description: |
#   What muster computed from the candidate's predictions; where it could not,
#   what the evaluate stage wrote itself. Undefined if there is neither.
value(name) := input.metrics.candidate[name]

value(name) := input.reported[name] if not input.metrics.candidate[name]

# METADATA
# title: Problems that only warn
doubts := {
	"bootstrap", "holdout-spent", "ledger-not-kept",
	"not-deterministic", "ruler-dirty", "ruler-renewed", "slice-suspect",
}

# METADATA
# title: Problems that deny, and are not doubted
faults := final | {"ruler-changed"}

# METADATA
# title: Problems that deny, whatever a waiver says
final := {"gate-dropped", "gate-moved", "gate-renamed", "rows-lost", "slice-lost"}

# METADATA
# title: Something made the comparison impossible
blocked if {
	some problem in input.problems
	not problem.code in doubts | (faults - final)
}

# METADATA
# title: A message as a sentence
sentence(text) := sprintf("%s%s.", [upper(substring(text, 0, 1)), trim_suffix(substring(text, 1, -1), ".")])
