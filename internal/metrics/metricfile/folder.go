package metricfile

import (
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// ReadFolder returns the numbers of the metric files in a folder, of which files
// are all, with the folder's own path in front. It knows the layouts of MLflow
// (mlruns, of one run), of DVCLive and of Lightning, and what is called metrics.*
// or results*.json. The same name in two files is refused.
func ReadFolder(folder string, files []string, open func(name string) (io.ReadCloser, error)) ([]Number, error) {
	chosen, err := choose(folder, files)
	if err != nil {
		return nil, err
	}
	var all []Number
	from := map[string]string{}
	for _, name := range chosen {
		numbers, err := readOne(name, open)
		if err != nil {
			return nil, err
		}
		for _, n := range numbers {
			if first, twice := from[n.Name]; twice {
				return nil, &input.FileError{Path: name, Column: n.Name, Msg: fmt.Sprintf("%s is in %s, too", input.Quote(n.Name), input.Shown(first)), Hint: "name the one file that counts under metrics"}
			}
			from[n.Name] = name
		}
		all = append(all, numbers...)
	}
	return all, nil
}

func readOne(name string, open func(string) (io.ReadCloser, error)) ([]Number, error) {
	content, err := open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer content.Close()
	return Read(content, name)
}

// choose picks the metric files of a folder, in the order of their names.
func choose(folder string, files []string) ([]string, error) {
	files = slices.Sorted(slices.Values(files))
	if runs := mlflowRuns(files); len(runs) > 1 {
		return nil, &input.FileError{Path: folder, Msg: fmt.Sprintf("has %d runs of MLflow (%s)", len(runs), input.QuoteList(runs, 3)), Hint: "name the folder of the one run that counts, or empty the folder before the stage runs"}
	} else if len(runs) == 1 {
		return below(files, runs[0]+"/metrics/"), nil
	}
	var summaries, plots []string
	for _, name := range files {
		switch {
		case metricName.MatchString(path.Base(name)):
			summaries = append(summaries, name)
		case strings.Contains("/"+name, "/plots/metrics/") && path.Ext(name) == ".tsv":
			plots = append(plots, name)
		}
	}
	switch {
	case len(summaries) > 0:
		return summaries, nil // DVCLive's plots are the history of what they have
	case len(plots) > 0:
		return plots, nil
	}
	return nil, &input.FileError{Path: folder, Msg: "has no file with metrics that muster knows by its name", Hint: "name the files themselves under metrics, or call one metrics.json"}
}

// metricName is what the tools call the files that they put metrics into.
var metricName = regexp.MustCompile(`^(metrics\.(json|yaml|yml|toml|csv|tsv)|results.*\.json)$`)

// mlflowRuns lists the folders of runs: each has a meta.yaml and a folder
// metrics. Those of logged models have both, too, with what runs have already.
func mlflowRuns(files []string) []string {
	described := map[string]bool{}
	for _, name := range files {
		if run := path.Dir(name); path.Base(name) == "meta.yaml" && path.Base(path.Dir(run)) != "models" {
			described[run] = true
		}
	}
	runs := map[string]bool{}
	for _, name := range files {
		for folder := path.Dir(name); folder != "." && folder != "/"; folder = path.Dir(folder) {
			if run := path.Dir(folder); path.Base(folder) == "metrics" && described[run] {
				runs[run] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(runs))
}

func below(files []string, folder string) []string {
	var out []string
	for _, name := range files {
		if strings.HasPrefix(name, folder) {
			out = append(out, name)
		}
	}
	return out
}
