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
# description: Those that are gated. Without a champion there are none.
overall contains c if {
	some c in compared
	c.gated
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

# METADATA
# title: A metric's value
# description: |
#   What muster computed from the candidate's predictions; where it could not,
#   what the evaluate stage wrote itself. Undefined if there is neither.
value(name) := input.metrics.candidate[name]

value(name) := input.reported[name] if not input.metrics.candidate[name]

# METADATA
# title: Problems that only warn
doubts := {"slice-suspect", "not-deterministic", "ruler-renewed"}

# METADATA
# title: Problems that deny, and are not doubted
faults := {"ruler-changed"}

# METADATA
# title: Something made the comparison impossible
blocked if {
	some problem in input.problems
	not problem.code in doubts | faults
}

# METADATA
# title: A message as a sentence
sentence(text) := sprintf("%s%s.", [upper(substring(text, 0, 1)), trim_suffix(substring(text, 1, -1), ".")])
