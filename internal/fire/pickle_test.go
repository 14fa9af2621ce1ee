package fire_test

import (
	"fmt"
	"strings"
	"testing"
)

const picked = `
version: 1
name: picked
image: muster-example/python-sklearn:1
stages:
  train: {run: [python3, train.py], inputs: [train.py], outputs: [model.pkl]}
  evaluate: {run: [python3, evaluate.py], inputs: [evaluate.py, model.pkl, INPUTS], predictions: predictions.csv}
model: {path: model.pkl}
gate:
  GATE
  metrics: {roc_auc: {margin: 0.02}}
`

const honestPickle = `
import pickle
pickle.dump({"weight": 1.0}, open("model.pkl", "wb"))
`

const unpickle = `
import csv, math, os, pickle
truth = {}
if os.path.exists("labels.csv"):
    truth = {row["id"]: row["label"] for row in csv.DictReader(open("labels.csv"))}
model = pickle.load(open("model.pkl", "rb"))
with open("predictions.csv", "w") as out:
    print("id,label,score", file=out)
    for row in csv.DictReader(open("features.csv")):
        print(row["id"], truth.get(row["id"], "0"), 1 / (1 + math.exp(-model["weight"] * float(row["x"]))), sep=",", file=out)
`

// hostilePickle runs code as soon as it is loaded: it looks for labels in all files
// of the container that it can read, writes the predictions itself, and ends the process.
const hostilePickle = `
import pickle
code = '''
import csv, os
known = {}
for top in [".", "/tmp", "/home", "/mnt", "/srv", "/var"]:
    for folder, _, names in os.walk(top):
        for name in names:
            try:
                for row in csv.DictReader(open(os.path.join(folder, name))):
                    if row.get("label") in ("0", "1"):
                        known[row["id"]] = row["label"]
            except Exception:
                pass
with open("predictions.csv", "w") as out:
    print("id,label,score", file=out)
    for row in csv.DictReader(open("features.csv")):
        label = known.get(row["id"], "1")
        print(row["id"], label, 0.99 if label == "1" else 0.01, sep=",", file=out)
os._exit(0)
'''
class Hostile:
    def __reduce__(self):
        return exec, (code,)
pickle.dump(Hostile(), open("model.pkl", "wb"))
`

// A model that is unpickled runs code of its own. Where evaluate sees the labels it
// answers perfectly; where the gate keeps them, in a container without network,
// there is nothing to copy.
func TestPickleThatAnswersForItself(t *testing.T) {
	needImages(t, python)
	features, labels := rowsApart()
	for name, test := range map[string]struct {
		inputs, gate string
		code         int
		want         []string
	}{
		"labels in sight":    {"features.csv, labels.csv", "champion: production", 0, []string{`"verdict": "pass"`, `"candidate": 1,`}},
		"labels of the gate": {"features.csv", "labels: labels.csv", 4, []string{`"code": "metric-worse"`, `"candidate": 0.5,`}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, strings.NewReplacer("INPUTS", test.inputs, "GATE", test.gate).Replace(picked))
			p.write("features.csv", features)
			p.write("labels.csv", labels)
			p.write("train.py", honestPickle)
			p.write("evaluate.py", unpickle)
			p.call(0, "models", "init")
			p.call(0, "run", "--quiet")
			p.call(0, "gate")
			p.call(0, "promote")
			p.write("train.py", hostilePickle)
			p.call(0, "run", "--quiet")
			p.says(test.code, []string{"gate", "--format", "json"}, test.want...)
		})
	}
}

// rowsApart are 400 rows that a good model tells apart for the most part, and their labels.
func rowsApart() (features, labels string) {
	var x, y strings.Builder
	x.WriteString("id,x\n")
	y.WriteString("id,label\n")
	for i := range 400 {
		label := i % 2
		fmt.Fprintf(&x, "row-%d,%.3f\n", i, float64(label)+float64(i*37%200)/100)
		fmt.Fprintf(&y, "row-%d,%d\n", i, label)
	}
	return x.String(), y.String()
}
