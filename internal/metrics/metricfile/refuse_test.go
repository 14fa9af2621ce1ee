package metricfile_test

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/metricfile"
)

const finite = "a metric must be finite; leave out what could not be computed"

func TestRefusesJSON(t *testing.T) {
	refused(t, map[string]refusal{
		"empty":          {"m.json", " \n", `m.json: is empty; write an object such as {"f1": 0.91}`},
		"list":           {"m.json", "\n[1]", `m.json:2: is not a JSON object; write an object such as {"f1": 0.91}`},
		"number":         {"m.json", "1", `m.json:1: is not a JSON object; write an object such as {"f1": 0.91}`},
		"NaN":            {"m.json", "{\n\"a\": 1,\n\"b\": NaN}", `m.json:3: a number is NaN; ` + finite},
		"infinity":       {"m.json", "{\"b\":\n-Infinity}", `m.json:2: a number is Infinity; ` + finite},
		"NaN as text":    {"m.json", "{\"a\": 1,\n\"f1\": \"NaN\"}", `m.json:2: "f1" is the text "NaN"; ` + finite},
		"text":           {"m.json", "{\n\"f1\": \"0.91\"}", `m.json:2: "f1" is the text "0.91"; write it as a number, without quotes and with a decimal point`},
		"decimal comma":  {"m.json", `{"f1": "0,91"}`, `m.json:1: "f1" is the text "0,91"; write it with a decimal point, without separators or a per cent sign`},
		"per cent":       {"m.json", `{"t": {"f1": "91 %"}}`, `m.json:1: "t.f1" is the text "91 %"; write it with a decimal point, without separators or a per cent sign`},
		"out of range":   {"m.json", "{\n\"b\": 1e999}", `m.json:2: "b" is out of range ("1e999"); a metric must be finite`},
		"key twice":      {"m.json", "{\n\"b\": 1,\n\"b\": 2}", `m.json:3: "b" occurs twice; give every number a name of its own`},
		"dotted twice":   {"m.json", "{\"a.b\": 1,\n\"a\": {\"b\": 2}}", `m.json:2: "a.b" occurs twice; give every number a name of its own`},
		"empty key":      {"m.json", "{\"\": 1}", `m.json:1: a key is empty; give every number a name`},
		"two documents":  {"m.json", "{}\n{}", `m.json:2: is not valid JSON: invalid character '{' after top-level value; check it with a JSON parser`},
		"cut off":        {"m.json", "{\"a\": 1", `m.json:1: is not valid JSON: unexpected end of JSON input; check it with a JSON parser`},
		"trailing comma": {"m.json", "{\"a\": 1,}", `m.json:1: is not valid JSON: invalid character '}' looking for beginning of object key string; check it with a JSON parser`},
		"not UTF-8":      {"m.json", "{\"\xff\": 1}", `m.json: is not UTF-8; write it as UTF-8`},
		"UTF-16":         {"m.json", "\xff\xfe{\x00}\x00", `m.json: is UTF-16; write it as UTF-8`},
		"UTF-16, no BOM": {"m.json", "{\x00}\x00", `m.json:1: has a zero byte: it is no text, or UTF-16; write it as UTF-8`},
		"half character": {"m.json", `{"\ud800": 1}`, `m.json:1: the name "�" has characters that cannot be seen; leave line breaks, control characters and marks of direction out of names`},
		"line break":     {"m.json", `{"a\nb": 1}`, `m.json:1: the name "a\nb" has characters that cannot be seen; leave line breaks, control characters and marks of direction out of names`},
		"right to left":  {"m.json", "{\"f1\u202e\": 1}", `m.json:1: the name "f1\u202e" has characters that cannot be seen; leave line breaks, control characters and marks of direction out of names`},
		"escape":         {"m.json", "{\"\\u001b[2J\": 1}", `m.json:1: the name "\x1b[2J" has characters that cannot be seen; leave line breaks, control characters and marks of direction out of names`},
		"long name":      {"m.json", `{"` + strings.Repeat("x", 1001) + `": 1}`, `m.json:1: the name "` + strings.Repeat("x", 40) + `…" is longer than 1000 bytes; give every number a short name`},
		"deep":           {"m.json", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), `m.json:1: is nested too deeply; use at most 64 levels`},
		"deep list":      {"m.json", `{"a":` + strings.Repeat(`[`, 9000) + strings.Repeat("]", 9000) + `}`, `m.json:1: is nested too deeply; use at most 64 levels`},
		"large":          {"m.json", `{"a": "` + strings.Repeat("x", 17<<20) + `"}`, `m.json: is larger than 16 MB; keep only numbers in it`},
		"many values":    {"m.json", `{"a": [` + strings.Repeat("{},", 1_000_000) + `{}]}`, `m.json:1: has more than 1000000 values; keep only numbers in it`},
		"many numbers":   {"m.json", many(100_001), `m.json:1: has more than 100000 numbers; keep only metrics in it`},
		"no kind":        {"scores", "f1 is good", `scores: is of no kind that muster knows by its name or by its first line; name it .json, .yaml, .toml, .csv or .tsv, after what is in it`},
		"harness twice":  {"m.json", "{\"results\": {\"a\": {\"acc\": 1,\n\"acc,none\": 2}}, \"configs\": {}, \"versions\": {}}", `m.json:2: "a.acc" occurs twice; give every number a name of its own`},
	})
}

func TestRefusesYAML(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for _, name := range []string{"b", "c", "d", "e", "f", "g", "h"} {
		bomb += fmt.Sprintf("%s: &%s [%s]\n", name, name, strings.Repeat("*"+string(name[0]-1)+", ", 10))
	}
	refused(t, map[string]refusal{
		"empty":          {"m.yaml", "\n", `m.yaml: is empty; write a mapping such as f1: 0.91`},
		"comments only":  {"m.yaml", "# nothing\n", `m.yaml: is empty; write a mapping such as f1: 0.91`},
		"null":           {"m.yaml", "~\n", `m.yaml: is empty; write a mapping such as f1: 0.91`},
		"list":           {"m.yaml", "\n- 1\n", `m.yaml:2: is not a YAML mapping; write a mapping such as f1: 0.91`},
		"NaN":            {"m.yaml", "a: 1\nloss: .nan\n", `m.yaml:2: "loss" is NaN; ` + finite},
		"infinity":       {"m.yaml", "loss: -.inf\n", `m.yaml:1: "loss" is out of range ("-.inf"); a metric must be finite`},
		"NaN as text":    {"m.yaml", "loss: nan\n", `m.yaml:1: "loss" is the text "nan"; ` + finite},
		"out of range":   {"m.yaml", "loss: 1e999\n", `m.yaml:1: "loss" is out of range ("1e999"); a metric must be finite`},
		"decimal comma":  {"m.yaml", "loss: 0,5\n", `m.yaml:1: "loss" is the text "0,5"; write it with a decimal point, without separators or a per cent sign`},
		"twice":          {"m.yaml", "a: 1\nb:\n  c: x\n  c: 2\n", `m.yaml:4: "b.c" occurs twice; give every number a name of its own`},
		"dotted twice":   {"m.yaml", "a.b: 1\na: {b: 2}\n", `m.yaml:2: "a.b" occurs twice; give every number a name of its own`},
		"two documents":  {"m.yaml", "a: 1\n---\nb: 2\n", `m.yaml:2: has more than one document; write one mapping`},
		"key of a list":  {"m.yaml", "? [a]\n: 1\n", `m.yaml:1: a key is a list or a mapping; use text as keys`},
		"Python object":  {"m.yaml", "a: 1\nf1: !!python/object/apply:numpy.core.multiarray.scalar [x]\n", `m.yaml:2: "f1" is a Python object ("!!python/object/apply:numpy.core.multiar…"); convert it with float() before it is written`},
		"not a number":   {"m.yaml", "f1: !!float x\n", `m.yaml:1: "f1" is marked as a number but is "x"; write it as a number`},
		"not valid":      {"m.yaml", "a: 1\nb: [1\n", `m.yaml:1: is not valid YAML: did not find expected ',' or ']'; check it with a YAML parser`},
		"unknown anchor": {"m.yaml", "a: *b\n", `m.yaml: is not valid YAML: unknown anchor 'b' referenced; check it with a YAML parser`},
		"itself":         {"m.yaml", "a: &a {b: *a}\n", `m.yaml:1: is nested too deeply; use at most 64 levels`},
		"bomb":           {"m.yaml", bomb, `m.yaml:2: has more than 1000000 values; keep only numbers in it`},
		"deep":           {"m.yaml", "a: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), `m.yaml:1: is nested too deeply; use at most 64 levels`},
		"large":          {"m.yaml", "a: " + strings.Repeat("x", 5<<20), `m.yaml: is larger than 4 MB, the most for YAML; keep only numbers in it, or write it as JSON`},
		"merge of text":  {"m.yaml", "a:\n  <<: [x]\n", `m.yaml:2: << names something other than a mapping; merge mappings only`},
	})
}

func TestRefusesTOML(t *testing.T) {
	refused(t, map[string]refusal{
		"empty":        {"m.toml", "", `m.toml: is empty; write a line such as f1 = 0.91`},
		"NaN":          {"m.toml", "a = 1\nloss = -nan\n", `m.toml:2: "loss" is NaN; ` + finite},
		"infinity":     {"m.toml", "a = 1\nb = {loss = +inf}\n", `m.toml:2: "b.loss" is out of range ("+inf"); a metric must be finite`},
		"out of range": {"m.toml", "loss = 1e999\n", `m.toml:1: is not valid TOML: unable to parse float: strconv.ParseFloat: parsing "1e999": value out of range; check it with a TOML parser`},
		"large number": {"m.toml", "\nn = 99999999999999999999\n", `m.toml:2: is not valid TOML: decimal number is too large to fit in a 64-bit signed integer; check it with a TOML parser`},
		"text":         {"m.toml", "[t]\nf1 = \"0.91\"\n", `m.toml:2: "t.f1" is the text "0.91"; write it as a number, without quotes and with a decimal point`},
		"twice":        {"m.toml", "a = 1\na = 2\n", `m.toml:2: is not valid TOML: key a is already defined; check it with a TOML parser`},
		"table twice":  {"m.toml", "[a]\nb = 1\n[a]\nc = 1\n", `m.toml:3: is not valid TOML: table a already exists; check it with a TOML parser`},
		"dotted twice": {"m.toml", "\"a.b\" = 1\n[a]\nb = 2\n", `m.toml:3: "a.b" occurs twice; give every number a name of its own`},
		"not valid":    {"m.toml", "a = 1\nb = \n", `m.toml:2: is not valid TOML: unexpected character U+000A at start of value; check it with a TOML parser`},
		"deep":         {"m.toml", "a = 1\n" + strings.Repeat("a.", 100) + "b = 1\n", `m.toml:2: is nested too deeply; use at most 64 levels`},
		"deep tables":  {"m.toml", "[" + strings.Repeat("a.", 1<<20) + "b]\n", `m.toml:1: is nested too deeply; use at most 64 levels`},
		"deep inline":  {"m.toml", "a = " + strings.Repeat("{a = ", 100) + "1" + strings.Repeat("}", 100), `m.toml:1: is nested too deeply; use at most 64 levels`},
		"many tables":  {"m.toml", strings.Join(toml(20_001), "\n"), `m.toml:20001: has more than 20000 keys and tables, the most for TOML; keep only numbers in it, or write it as JSON`},
		"many inside":  {"m.toml", "a = {" + strings.Repeat("b = 1, ", 20_001) + "c = 1}", `m.toml:1: has more than 20000 keys and tables, the most for TOML; keep only numbers in it, or write it as JSON`},
		"large":        {"m.toml", "a = '" + strings.Repeat("x", 5<<20) + "'", `m.toml: is larger than 4 MB, the most for TOML; keep only numbers in it, or write it as JSON`},
	})
}

func TestRefusesCSV(t *testing.T) {
	refused(t, map[string]refusal{
		"empty":            {"m.csv", "\ufeff\r\n", `m.csv: is empty; write a header and a row below it`},
		"header only":      {"m.csv", "epoch,loss\n", `m.csv:1: has a header but no rows; write a row of numbers below the header`},
		"pairs, no rows":   {"m.csv", "metric,value\n", `m.csv:1: has a header but no rows; write a row for each metric`},
		"two rows":         {"m.csv", "f1,auc\n1,1\n\n2,2\n", `m.csv:4: is a second row, and no column says which of them counts; write a column epoch or step, the columns metric and value, or one row only`},
		"no header":        {"m.csv", "0.5,0.6,0.7\n", `m.csv:1: the header has the number "0.5"; write the names of the columns into the first line`},
		"NaN":              {"m.csv", "epoch,loss\n0,1\n1,nan\n", `m.csv:3: "loss" is NaN; ` + finite},
		"infinity":         {"m.csv", "f1,loss\n0.5,-inf\n", `m.csv:2: "loss" is out of range ("-inf"); a metric must be finite`},
		"out of range":     {"m.csv", "f1,1e999\n", `m.csv:1: "f1" is out of range ("1e999"); a metric must be finite`},
		"no value":         {"m.csv", "metric,value\nf1,\n", `m.csv:2: "f1" has no value (""); ` + finite},
		"type change":      {"m.csv", "epoch,loss\n0,0.5\n1,\n2,high\n", `m.csv:4: "loss" is text here ("high") and a number in line 2; write numbers into every row of a column, or leave cells empty`},
		"type change back": {"m.csv", "epoch,x\n0,a\n1,2\n", `m.csv:3: "x" is a number here ("2") and text in line 2; write numbers into every row of a column, or leave cells empty`},
		"header again":     {"m.csv", "epoch,loss\n0,0.5\nepoch,loss\n", `m.csv:3: "loss" is text here ("loss") and a number in line 2; write numbers into every row of a column, or leave cells empty`},
		"decimal comma":    {"m.csv", "model;f1\nforest;0,91\n", `m.csv:2: "f1" is the text "0,91"; write it with a decimal point, without separators or a per cent sign`},
		"comma in a log":   {"m.csv", "epoch;f1\n0;0,9\n1;0,91\n", `m.csv:3: "f1" is the text "0,91"; write it with a decimal point, without separators or a per cent sign`},
		"column twice":     {"m.csv", "epoch,loss,loss\n0,1,2\n", `m.csv:1: two columns are named "loss"; rename one of them`},
		"metric twice":     {"m.csv", "metric,value\nf1,1\nf1,1\n", `m.csv:3: "f1" occurs twice; give every number a name of its own`},
		"no name":          {"m.csv", "epoch,,loss\n0,1,2\n", `m.csv:1: column 2 has no name; give every column a name`},
		"fields":           {"m.csv", "epoch,loss\n0,1\n1\n", `m.csv:3: has 1 fields where the header has 2; write every column in every row, and quote values that have the delimiter in them`},
		"quotes":           {"m.csv", "epoch,loss\n0,\"1\n", `m.csv:2: is not valid CSV: extraneous or missing " in quoted-field; quote fields as "…" and double the quotes inside them`},
		"line break":       {"m.csv", "epoch,\"lo\nss\"\n0,1\n", `m.csv:1: the name "lo\nss" has characters that cannot be seen; leave line breaks, control characters and marks of direction out of names`},
		"Mac":              {"m.csv", "epoch,loss\r0,1\r", `m.csv:1: ends its lines with CR alone; end them with LF, or CR and LF`},
	})
}

func TestRefusesMLflow(t *testing.T) {
	const form = "each line has a time in milliseconds, a value and a step, separated by spaces"
	refused(t, map[string]refusal{
		"NaN":          {"metrics/loss", "1 0.5 0\n2 nan 1\n", `metrics/loss:2: "loss" is NaN; ` + finite},
		"NaN again":    {"metrics/loss", "1 nan 0\n1 0.5 0\n1 nan 0\n", `metrics/loss:3: "loss" is NaN; ` + finite},
		"infinity":     {"metrics/loss", "1 -inf 0\n", `metrics/loss:1: "loss" is out of range ("-inf"); a metric must be finite`},
		"another line": {"metrics/loss", "1 0.5 0\n\nx\n", `metrics/loss:3: is no line of an MLflow metric ("x"); ` + form},
		"no number":    {"metrics/loss", "1 0.5 0\n1 x 0\n", `metrics/loss:2: the value is not a number ("x"); ` + form},
		"time":         {"metrics/loss", "1 0.5 0\n99999999999999999999 1 0\n", `metrics/loss:2: time or step is out of range; ` + form},
	})
}

func TestRefusesFolders(t *testing.T) {
	files := map[string]string{
		"two/a/meta.yaml": "x", "two/a/metrics/f1": "1 1 0\n", "two/b/meta.yaml": "x", "two/b/metrics/f1": "1 2 0\n",
		"logs/version_0/metrics.csv": "epoch,loss\n0,1\n", "logs/version_1/metrics.csv": "epoch,loss\n0,1\n",
		"none/model.bin": "x",
	}
	for folder, want := range map[string]string{
		"two":  `two: has 2 runs of MLflow ("two/a", "two/b"); name the folder of the one run that counts, or empty the folder before the stage runs`,
		"logs": `logs/version_1/metrics.csv: "loss" is in logs/version_0/metrics.csv, too; name the one file that counts under metrics`,
		"none": `none: has no file with metrics that muster knows by its name; name the files themselves under metrics, or call one metrics.json`,
	} {
		t.Run(folder, func(t *testing.T) {
			var names []string
			for name := range files {
				if strings.HasPrefix(name, folder+"/") {
					names = append(names, name)
				}
			}
			_, err := metricfile.ReadFolder(folder, names, func(name string) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(files[name])), nil
			})
			if err == nil {
				t.Fatal("it was accepted")
			}
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	_, err := metricfile.ReadFolder("x", []string{"x/metrics.json"}, func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist })
	if diff := cmp.Diff("read x/metrics.json: file does not exist", err.Error()); diff != "" {
		t.Error(diff)
	}
}

// many is a JSON object of n numbers.
func many(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `, "metric_%d": %d`, i, i)
	}
	return "{" + out.String()[1:] + "}"
}

// toml is the lines of n tables.
func toml(n int) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("[t%d]", i))
	}
	return lines
}

func TestTenThousandNames(t *testing.T) {
	var csv, lines strings.Builder
	csv.WriteString("metric,value\n")
	for i := range 10_000 {
		fmt.Fprintf(&csv, "metric_%d,%d\n", i, i)
		fmt.Fprintf(&lines, "metric_%d = %d\n", i, i)
	}
	for file, text := range map[string]string{"m.json": many(10_000), "m.yaml": many(10_000), "m.toml": lines.String(), "m.csv": csv.String()} { // JSON is YAML
		numbers := mustRead(t, file, text)
		if len(numbers) != 10_000 || numbers[9_999].Name != "metric_9999" || numbers[9_999].Value != 9_999 {
			t.Errorf("%s: %d numbers, the last one %+v", file, len(numbers), numbers[len(numbers)-1])
		}
	}
}

// What the file's name does not say, its first line does.
func TestKindByContent(t *testing.T) {
	for name, text := range map[string]string{"scores": `{"f1": 1}`, "f1": "1700000000000 1 0", "training.log": "epoch\tf1\r\n0\t1\r\n", "F1.CSV": "f1\n1", "x.yml": "\ufefff1: 1\r\n"} {
		numbers := mustRead(t, name, text)
		if len(numbers) != 1 || numbers[0].Name != "f1" || numbers[0].Value != 1 {
			t.Errorf("%s: %+v", name, numbers)
		}
	}
}
