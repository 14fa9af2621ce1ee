package config_test

import (
	"testing"

	"github.com/muster-ci/muster/internal/config"
)

// What may be read must be waited for: in doubt an input has to do with an output.
func TestWhatAnInputCanRead(t *testing.T) {
	for _, test := range []struct {
		in, out string
		want    bool
	}{
		{"data/a.csv", "data/a.csv", true},
		{"data/a.csv", "data/", true},
		{"data", "data/a.csv", true},
		{"data2", "data", false},
		{"data/*.csv", "data/a.csv", true},
		{"data/*.csv", "data/a.pkl", false},
		{"data/*.csv", "data", true},
		{"data/*.csv", "data/out/", false},
		{"data/*/*.csv", "data/out/", true},
		{"data/**/*.csv", "data/out/", true},
		{"data/**/*.csv", "models/", false},
		{"*/x.csv", "data/", true},
		{"d*/x.csv", "models/", false},
		{"{data,models}/*.csv", "models/", true},
		{"{data/raw,models}/*.csv", "models/", true},
		{"{data/raw,models}/*.csv", "data/raw/", true},
		{"in/{a/b,c}/*.csv", "out/", false},
	} {
		if got := config.CanRead(test.in, test.out); got != test.want {
			t.Errorf("%s can read %s is %v", test.in, test.out, got)
		}
	}
}
