# METADATA
# title: Malignant tumours must be found
# description: The team's own rules, beside muster's. What a missed tumour costs is not in any average.
package tumour.recall

# Of the malignant tumours, so many must be found.
floor := 0.80

# With fewer evaluation rows, a pass says little.
enough_rows := 200

# METADATA
# title: Too many malignant tumours are missed
# description: |
#   Recall is the share of malignant tumours that the model finds; evaluate.py
#   writes it. Whatever the averages say, a model below the floor is not used.
# custom:
#   code: recall-low
deny contains finding if {
	recall := input.reported.recall
	recall < floor
	finding := {
		"code": "recall-low",
		"metric": "recall",
		"message": sprintf("Finds %v %% of the malignant tumours; at least %v %% must be found.", [percent(recall), percent(floor)]),
	}
}

# METADATA
# title: Recall is not known
# description: A number that is missing must not pass for one that is good enough.
# custom:
#   code: recall-missing
deny contains finding if {
	not input.reported.recall
	finding := {
		"code": "recall-missing",
		"metric": "recall",
		"message": "The evaluate stage wrote no recall.",
		"undecided": true,
	}
}

# METADATA
# title: Few evaluation rows
# custom:
#   code: few-rows
warn contains finding if {
	input.reported.rows < enough_rows
	finding := {
		"code": "few-rows",
		"message": sprintf("Was judged by %d rows; %d are wanted.", [input.reported.rows, enough_rows]),
	}
}

percent(share) := round(share * 1000) / 10
