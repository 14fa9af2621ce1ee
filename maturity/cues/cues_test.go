package cues_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/cues"
)

func TestFind(t *testing.T) {
	fits := func(re *regexp.Regexp, text string) bool { return re.MatchString(text) }
	for src, want := range map[string][]cues.Cue{
		"x_test = 1\ny_test = 2\n":                                  {{Category: "heldout.name", Subject: "x_test", Line: 1}},
		"import random\ndef f():\n  random.seed(1)\n":               {{Category: "seed", Subject: "random.seed", Line: 3, Function: "f"}},
		"import json\njson.dump(metrics, f)\n":                      {{Category: "metrics.file", Subject: "dump metrics", Line: 2}},
		"json.dump(rows, f)\n":                                      nil,
		"tags = {'git_sha': 1}\n":                                   {{Category: "commit.key", Subject: "git_sha", Line: 1}},
		"a = 'models:/churn@champion'\n":                            {{Category: "registry.lookup", Tool: "MLflow", Subject: "models:/churn@champion", Line: 1}},
		"open('models/champion.json')\n":                            {{Category: "registry.lookup", Subject: "open models/champion.json", Line: 1}},
		"predictions.merge(labels)\n":                               {{Category: "outcome.join", Subject: "predictions.merge", Line: 1}},
		"orders.merge(customers)\n":                                 nil,
		"@app.post('/feedback')\ndef feedback(): pass\n":            {{Category: "outcome.endpoint", Subject: "app.post", Line: 1}},
		"import pandas as pd\npd.read_csv('https://a.org/b.csv')\n": {{Category: "data.fetch", Subject: "reads https://a.org/b.csv", Line: 2}},
	} {
		if diff := cmp.Diff(want, cues.Find("a.py", python.Read([]byte(src)), fits)); diff != "" {
			t.Errorf("%s(-want +got):\n%s", src, diff)
		}
	}
}

func TestKeepsSnapshots(t *testing.T) {
	for src, want := range map[string]bool{
		"import shutil\nshutil.copy(a, b)\nd = {'data_version': 1}\n": true,
		"d = {'data_version': 1}\n":                                   false,
		"import shutil\nshutil.copy(a, b)\n":                          false,
	} {
		if cues.KeepsSnapshots(python.Read([]byte(src))) != want {
			t.Errorf("keeps snapshots: %t\n%s", !want, src)
		}
	}
}
