// Package metricfile reads the numbers that stages write themselves.
//
// [Read] takes one file and tells by its name and by what is in it what it is:
// JSON, YAML, TOML, a table or a log in CSV, a metric of MLflow, a results file
// of lm-evaluation-harness or promptfoo. [ReadFolder] takes the files of a folder
// that DVCLive, MLflow or Lightning wrote. What is nested (JSON, YAML, TOML)
// becomes one tree, in which the shapes of known tools are looked for; every
// number then passes one collector, which refuses with a [input.FileError] what
// could be misread. docs/metric-files.md is the user's page.
package metricfile
