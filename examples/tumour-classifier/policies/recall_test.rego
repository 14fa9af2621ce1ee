package tumour.recall_test

import data.tumour.recall

codes(findings) := {finding.code | some finding in findings}

reported(numbers) := {"reported": numbers}

test_a_model_that_finds_enough_passes if {
	count(recall.deny) == 0 with input as reported({"recall": 0.80})
}

test_one_that_misses_too_many_is_denied if {
	codes(recall.deny) == {"recall-low"} with input as reported({"recall": 0.79})
}

test_one_that_finds_nothing_is_denied if {
	codes(recall.deny) == {"recall-low"} with input as reported({"recall": 0})
}

test_the_message_has_the_number if {
	messages := {finding.message | some finding in recall.deny} with input as reported({"recall": 0.6746})
	messages == {"Finds 67.5 % of the malignant tumours; at least 80 % must be found."}
}

test_no_recall_is_no_pass if {
	codes(recall.deny) == {"recall-missing"} with input as reported({})
}

test_few_rows_are_worth_a_warning if {
	codes(recall.warn) == {"few-rows"} with input as reported({"rows": 150})
}

test_enough_rows_are_not if {
	count(recall.warn) == 0 with input as reported({"rows": 284})
}
