package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
)

var (
	// logName is the file to which each run adds its numbers.
	logName = regexp.MustCompile(`(?i)(^|[/_-])(experiments?|runs?|trials?|history|results?|metrics|scores?|leaderboard|train(ing)?_?log|run_?log|experiment_?log)([/_-]\w*)*\.(csv|tsv|jsonl|ndjson|json|txt)$`)
	// measureKey names a measure, runKey what tells one run from another, givenKey what a
	// run was given.
	measureKey = regexp.MustCompile(`(?i)(^|_)(rmse|mae|mse|mape|r2|auc|roc_auc|acc|accuracy|f1|precision|recall|loss|score|metrics?|val_\w+|test_\w+)(_\w+)?$`)
	runKey     = regexp.MustCompile(`(?i)^(run(_?id|_?name)?|experiment(_?id|_?name)?|trial|ts|timestamp|time|date|datetime|created(_at)?|started(_at)?|finished(_at)?|when|version|commit|git_?(sha|commit)|id)$`)
	givenKey   = regexp.MustCompile(`(?i)^(params?|parameters|hparams?|hyper_?params?|config|settings|args|n_estimators|max_depth|learning_rate|lr|alpha|batch_size|epochs)$`)
	momentCall = regexp.MustCompile(`(^|\.)(now|utcnow|strftime|time|uuid4|isoformat|today)$`)
	insertsRun = regexp.MustCompile(`(?is)insert\s+into\s+["'\x60]?\w*\.?(experiments?|runs?|trials?|training_runs?|train_log|model_runs?|metrics|model_metrics|training_history)\b`)
	runTable   = regexp.MustCompile(`(?i)(^|[./_-])(experiments?|(training_?|train_?|model_?|ml_?)?runs?|trials?|training_(history|log|metrics|results)|model_(metrics|performance|evaluations?|training))$`)
	addsRow    = regexp.MustCompile(`^(to_sql|to_gbq|insert_rows|insert_rows_json|insert_rows_from_dataframe|load_table_from_dataframe|insert_one|put_item|saveAsTable|insertInto|append_row|append_rows)$`)
	runsFolder = regexp.MustCompile(`(?i)(^|/)(experiments?|(training_?|train_?|model_?)?runs?|trials?|run_?logs?|training_?(log|history)s?)/[^/]*\x00`)
	numbers    = regexp.MustCompile(`(?i)\.(json|ya?ml|csv|toml)$`)
	keepsFile  = regexp.MustCompile(`^(dump|write_text|safe_dump|to_json|to_csv|open|savetxt|save_json|put_object)$`)
	savesFiles = regexp.MustCompile(`^(git (push|commit)|dvc push|aws s3 (cp|sync)|gsutil|gcloud storage (cp|rsync)|rclone|azcopy|rsync|scp|mc (cp|mirror))\b`)
)

// ownRuns makes facts of what Python keeps of each run: a line that is added to a log,
// a folder of its own with its numbers, a row of a table. Two signs must agree: that
// they are measures, and that they are those of one run.
func (b *builder) ownRuns() {
	for _, m := range b.ownModules() {
		keys := m.mod.PairsByFunction()
		for _, c := range m.mod.Calls {
			if c.Decorator {
				continue
			}
			if what := b.keepsRun(m.mod, c, keys[c.Func]); what != "" {
				b.note(m, "metrics.kept", what, c.Line, m.mod.FuncName(c.Func))
				break
			}
		}
	}
	b.savedFiles()
}

// keepsRun says what a call keeps of a run, if it does.
func (b *builder) keepsRun(mod *python.Module, c python.Call, keys []python.Pair) string {
	switch {
	case appends(c):
		name := firstPath(c)
		if logName.MatchString(name) && b.tellsRun(mod, c.Func, keys) {
			return "a line for each run in " + name
		}
	case c.Method() == "execute" && slices.ContainsFunc(c.Args, func(a python.Arg) bool { return insertsRun.MatchString(a.Text + a.Value + strings.Join(a.Items, "")) }):
		return "a row for each run"
	case addsRow.MatchString(c.Method()):
		for _, text := range append(c.Texts(), c.On) {
			if runTable.MatchString(text) && b.tellsRun(mod, c.Func, keys) {
				return "a row of " + text + " for each run"
			}
		}
	case keepsFile.MatchString(c.Method()) && (c.Method() != "open" || c.OpensToWrite()):
		for _, text := range pathsOf(c) {
			if !differing.MatchString(text) || strings.Contains(strings.ToLower(text), "predict") {
				continue
			}
			if metricFor.MatchString(text) || runsFolder.MatchString(text) && numbers.MatchString(text) && b.tellsRun(mod, c.Func, keys) {
				return "a file for each run: " + differing.ReplaceAllString(text, "{run}")
			}
		}
	}
	return ""
}

// appends reports whether a call adds to a file.
func appends(c python.Call) bool {
	switch c.Method() {
	case "open":
		mode, ok := c.Arg("mode")
		if !ok {
			mode, ok = c.Positional(1)
		}
		if !ok && c.On != "" {
			mode, ok = c.Positional(0)
		}
		return ok && strings.HasPrefix(mode.Value, "a")
	case "to_csv", "to_json":
		mode, ok := c.Arg("mode")
		return ok && strings.HasPrefix(mode.Value, "a")
	}
	return false
}

func firstPath(c python.Call) string {
	for _, text := range pathsOf(c) {
		if text != "" && len(text) > len("ab+") {
			return text
		}
	}
	return ""
}

// tellsRun reports whether a function puts measures down beside what tells one run from
// another, or what it was given.
func (b *builder) tellsRun(mod *python.Module, fn int, keys []python.Pair) bool {
	var words []string
	for _, p := range keys {
		words = append(words, p.Name, p.Value)
	}
	for _, c := range mod.Calls {
		if c.Func == fn && momentCall.MatchString(c.Name) {
			words = append(words, "timestamp")
		}
		if c.Func == fn && (c.Method() == "writerow" || c.Method() == "DataFrame" || c.Method() == "write") {
			for _, a := range c.Args {
				words = append(append(words, strings.Fields(a.Written)...), append(a.Items, a.Keys...)...)
			}
		}
	}
	if fn >= 0 {
		words = append(words, mod.Funcs[fn].Parameters...)
	}
	measures := slices.ContainsFunc(words, measureKey.MatchString) || slices.ContainsFunc(mod.Names, func(w python.Word) bool { return measureKey.MatchString(w.Text) })
	return measures && slices.ContainsFunc(words, func(w string) bool { return runKey.MatchString(w) || givenKey.MatchString(w) })
}

// savedFiles makes facts of the commands and actions of a job that keep the files which
// it wrote: without one they are gone when it ends.
func (b *builder) savedFiles() {
	for _, h := range b.reach.Hits {
		if savesFiles.MatchString(strings.Join(h.Args, " ")) || savingAction(h) {
			b.keptBy("files.saved", h)
		}
	}
}

func savingAction(h reach.Hit) bool {
	name, _, _ := strings.Cut(strings.ToLower(h.Uses), "@")
	switch name {
	case "actions/upload-artifact", "endbug/add-and-commit", "stefanzweifel/git-auto-commit-action", "ad-m/github-push-action", "peter-evans/create-pull-request", "actions-js/push":
		return true
	}
	return false
}
