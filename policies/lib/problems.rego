# METADATA
# title: What made the comparison impossible
# description: Problems that muster found on the way keep their code.
package muster.gate.problems

import data.muster.lib

# METADATA
# title: A decision is not possible
# description: Something that the gate must know is not known. That is never a pass.
# custom:
#   waiver: false
#   codes:
#     no-candidate: |
#       The run did not end with a model that was evaluated: a stage failed, or only
#       some stages were run. Mend it and run the whole pipeline.
#     predictions-invalid: |
#       The candidate's predictions cannot be read as muster.yaml describes them.
#       The message names the line.
#     registry-missing: |
#       There is no registry where muster.yaml says, so it is not known whether there
#       is a champion. Make it once, on the default branch: muster models init.
#     registry-not-kept: |
#       The registry lies in a checkout that is thrown away with the job: every model
#       would be the first. Keep it in a place that lasts.
#     alias-missing: |
#       The registry has versions, and the champion's alias names none of them: it was
#       lost, or muster.yaml spells it another way. muster rollback --to VERSION names one.
#     registry-failed: |
#       The registry is there, and does not say which model is the champion. The
#       message has the cause.
#     signature-missing: |
#       The move that made the champion (or the anchor) what it is has no signature, and
#       registry.keys says that promotions are signed. Where the history is older than
#       the keys, somebody with a key signs it once: muster models sign.
#     signature-invalid: |
#       The signature of that move is not over what is there, or of a key that is not
#       among registry.keys: the registry was changed by somebody without a key, or the
#       key was replaced. muster models verify says more; docs/signing.md has what to do.
#     champion-cannot-run: |
#       The champion could not predict the candidate's rows. The two models may need
#       different features or packages.
#     champion-missing: |
#       The registry names a champion, and what must be known of it is not in its record.
#     base-unknown: |
#       The ruler must come from the tip of the branch that the change goes into, and it
#       is not known which commit that is, it cannot be fetched, or its muster.yaml is
#       not valid. The message has the remedy.
#     cache-committed: |
#       The change has a .muster folder in its commits. Whoever commits a cache says what
#       stages gave that never ran.
#     candidate-cannot-run: |
#       The base's evaluation does not run with this candidate, so that only the change's
#       own would measure it. Bring what evaluates to the base first.
#     comparison-failed: |
#       The two sets of predictions could not be compared. The message has the cause.
#     rows-differ: |
#       The champion's predictions are not about the same rows as the candidate's.
#     labels-differ: |
#       The two sets of predictions disagree about the truth of the same row.
#     leakage-unknown: |
#       The list of the files that a stage read was pruned from the cache, so it is not
#       known whether evaluation data is among them. Run again: that lists them anew.
#     labels-missing: |
#       The predictions and the labels that the gate names are not about the same rows.
#       A model that leaves out hard rows would look better than it is.
#     labels-invalid: |
#       The labels that the gate names cannot be read. The message names the line.
#     slices-differ: |
#       The two sets of predictions put the same row into different slices.
#     slice-missing: |
#       A slice that muster.yaml requires is not in the predictions.
#     slices-too-many: |
#       A slice column has so many values that it divides the rows into next to nothing.
#       Put its values into classes.
#     metric-unknown: |
#       muster cannot compute the metric from predictions.
#     metric-undefined: |
#       The data does not fit the metric: one class only, or labels that are no numbers.
#     too-fine: |
#       With this confidence and so many comparisons no drop, however large, could be
#       shown. Look at fewer slices, or lower the confidence.
#     anchor-cannot-run: |
#       The anchor, which guards against many small losses, could not predict the
#       candidate's rows. If it is too old to run, have somebody look at how far the
#       champion has come since, and move it: muster promote --anchor --reason REASON.
#     anchor-differs: |
#       The anchor's predictions are not about the same rows or labels as the candidate's.
#     seed-retry: |
#       The gate denied this recipe on this data, and nothing but the seed (or chance in
#       training) has changed since. The best of several seeds is not a better model:
#       change the recipe, or measure on data that was not looked at.
#     baseline-unknown: |
#       The baseline that stands in for the champion cannot be read, or has no value for a
#       gated metric.
#     audit-failed: |
#       The data that is opened for promotion only could not be used to compare the models.
#     policy-error: |
#       A policy could not be evaluated, is undefined, or gave something that is no
#       finding. docs/policies.md says what a finding is.
deny contains finding if {
	some problem in input.problems
	not problem.code in ((lib.doubts | lib.faults) | lib.notices)
	finding := object.union(problem, {"undecided": true, "message": lib.sentence(problem.message)})
}

# METADATA
# title: The gate was gone around
# description: |
#   What measures or what is measured is not what the gate relies on. Change the ruler
#   or the thing measured, not both.
# custom:
#   codes:
#     gate-dropped: |
#       The base has a gate, and the change has none. No waiver lets that pass: whoever
#       may, takes the gate out on the base itself.
#     gate-moved: |
#       The base's muster.yaml is not where it was, or the change has it in another
#       place. No waiver lets that pass.
#     gate-renamed: |
#       The pipeline has another name than at the base, so that its champion, its history
#       and its ledger would be others. No waiver lets that pass.
#     rows-lost: |
#       The evaluation data has fewer of the rows that the champion was measured on. Hard
#       rows that are dropped make every model better. Keep them; add rows instead. No
#       waiver lets that pass.
#     slice-lost: |
#       A slice that the champion was measured on is no longer in the evaluation data. No
#       waiver lets that pass.
#     leakage: |
#       Evaluation data is among the inputs of training, so that the model was shown what
#       it is asked. Train on other data; or, if the two only look alike, have it waived.
#     ruler-changed: |
#       What evaluates (code, data, image or parameters) is not what it was when the
#       champion was promoted, and the model is another one, too. Whether the new model
#       is better, or the new ruler kinder, nobody can tell. Change what evaluates first,
#       on its own: the model stays the same, passes, and is promoted as measured anew.
#       Then change the model.
deny contains finding if {
	some problem in input.problems
	problem.code in lib.faults
	finding := object.union(problem, {"message": lib.sentence(problem.message)})
}

# METADATA
# title: A decision with a doubt
# description: The comparison was possible. Something about it should be looked at.
# custom:
#   waiver: false
#   codes:
#     slice-suspect: |
#       A slice is worse before adjustment for the number of slices, and not after.
#       It may be chance; it is worth a look.
#     not-deterministic: |
#       The same model gave two different answers to the same rows.
#     bootstrap: |
#       The base has no gate, and this change adopts one: only absolute thresholds apply.
#       From the next change on, the base's gate decides.
#     waivers-invalid: |
#       The base's file of waivers cannot be read, so that none of them holds. Mend it.
#     leakage-rows: |
#       Lines of the evaluation data stand in the training data, too. A few may be honest
#       duplicates; many make the model look better than it is.
#     leakage-unchecked: |
#       The evaluation data itself is not what training reads. Whether single rows of it
#       are was not searched: the texts are too large, or are not what the run read any
#       more. Whoever wants to hide rows writes them otherwise, which no search finds;
#       so this warns, and does not keep large data from passing.
#     ruler-dirty: |
#       A job on the default branch measured with files that are in no commit. Nobody can
#       do it again.
#     ruler-renewed: |
#       The model is the champion, and what measures it (evaluation code, data, image or
#       parameters) is not what it was. Its values may differ for that reason alone.
#     holdout-spent: |
#       So many decisions were made on this evaluation data that a model may look good
#       on it by chance. Collect new data for evaluation, or raise holdout.budget if the
#       data is large enough to be looked at that often.
#     ledger-not-kept: |
#       The registry cannot be written from here, so this decision is not counted. A
#       change that is tried here until it passes goes unnoticed.
#     champion-overridden: |
#       The champion is one that a person promoted although the gate had not let it pass.
#       The message says who, when and why. Passing against it shows less than passing
#       against one that passed itself. The next passing promotion ends it.
#     waiver-expired: |
#       The last day of a waiver has passed, and it does nothing any more. Take it out, or
#       have it renewed where it lies: at the base.
#     waiver-refused: |
#       A waiver names something that no waiver lets pass: what is undecided, or what
#       goes around the gate. Take it out, and mend the cause.
#     waiver-uncounted: |
#       An approving review asks for a waiver that does not count, or the host could not be
#       asked. It counts if ci.waivers is on at the base, and a code owner of muster.yaml
#       (and of the file of waivers), who did not write the change, approved its very last
#       commit. The message says which of these it is.
#     policy-unused: |
#       A file in the policies folder has no deny, warn or info rule and nothing uses
#       it. Most likely a rule's name is misspelt.
warn contains finding if {
	some problem in input.problems
	problem.code in lib.doubts
	finding := object.union(problem, {"message": message(problem)})
}

# METADATA
# title: What a reader should know
# description: The comparison was possible, and is as good as any.
# custom:
#   waiver: false
#   codes:
#     waiver-unused: |
#       Nothing that denies matches a waiver. Take it out if it is no longer needed, or
#       look whether it names code, metric and slice as the finding has them.
#     champion-stored: |
#       The champion could not be run again. What it answered when it was promoted was
#       used instead: the raw data and the ids are the same.
info contains finding if {
	some problem in input.problems
	problem.code in lib.notices
	finding := object.union(problem, {"message": lib.sentence(problem.message)})
}

message(problem) := sprintf("%s: %s.", [changes(problem)[0], trim_suffix(problem.message, ".")]) if count(changes(problem)) == 1

message(problem) := lib.sentence(problem.message) if count(changes(problem)) != 1

# What the problem's comparison says, if it is about one.
changes(problem) := [c.text.change |
	some c in input.comparison
	c.metric == problem.metric
	not lib.guarded(c)
	object.get(c, "slice", "") == object.get(problem, "slice", "")
]
