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
# description: All with the champion, gated or only shown. Without a champion there are none.
sliced contains c if {
	some c in compared
	not guarded(c)
	object.get(c, "slice", "") != ""
}

# Where the gate is new, nothing is compared: only absolute thresholds apply.
compared contains c if {
	input.champion != null
	not bootstrapping
	some c in input.comparison
}

compared contains c if {
	not bootstrapping
	some c in input.comparison
	c.against == "baseline"
}

# METADATA
# title: A comparison that guards in the long run
# description: With the anchor, or on the data that is opened for promotion only.
guarded(c) if c.against == "anchor"

guarded(c) if c.data == "audit"

# METADATA
# title: The gate is new here
# description: The base has no gate, and this change adopts one.
bootstrapping if {
	some problem in input.problems
	problem.code == "bootstrap"
}

# METADATA
# title: The evaluation that is the candidate's
# description: Undefined if the run measured none.
evaluation := input.evaluation.candidate if input.evaluation.candidate != null

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
	"bootstrap", "champion-overridden", "holdout-spent", "leakage-rows", "leakage-unchecked", "ledger-not-kept",
	"not-deterministic", "ruler-dirty", "ruler-renewed", "slice-suspect", "waiver-uncounted", "waivers-invalid",
}

# METADATA
# title: Problems that deny, and are not doubted
faults := final | {"leakage", "ruler-changed"}

# METADATA
# title: Problems that deny, whatever a waiver says
final := {"gate-dropped", "gate-moved", "gate-renamed", "rows-lost", "slice-lost"}

# METADATA
# title: Problems that are only told
notices := {"champion-stored"}

# METADATA
# title: Something made the comparison impossible
# description: |
#   Then the problem itself is the finding, and nobody need be told that values are missing.
#   A problem that can be waived is none of these: with it, all the rest must be right.
blocked if {
	some problem in input.problems
	not problem.code in ((doubts | notices) | (faults - final))
}

# METADATA
# title: A message as a sentence
sentence(text) := sprintf("%s%s.", [upper(substring(text, 0, 1)), trim_suffix(substring(text, 1, -1), ".")])

# METADATA
# title: What else a comparison has to say
# description: Empty, or begins with a semicolon.
note(c) := sprintf("; %s", [c.note]) if object.get(c, "note", "") != ""

note(c) := "" if object.get(c, "note", "") == ""

# METADATA
# title: A number with its noun
counted(n, noun) := sprintf("%d %s", [n, noun]) if n == 1

counted(n, noun) := sprintf("%d %ss", [n, noun]) if n != 1

# METADATA
# title: The names of a list in a sentence
# description: The first three, in order, and how many more there are.
names(list) := concat(", ", list) if count(list) <= 3

names(list) := sprintf("%s and %d more", [concat(", ", array.slice(list, 0, 3)), count(list) - 3]) if count(list) > 3

# METADATA
# title: A number as a sentence has it
# description: With at most four decimals.
number(x) := round(x * 10000) / 10000
