package jobtest

// Pipeline is a muster.yaml whose model is as good as the number in skill.txt says, and
// Predict the predict.awk that stands for it. Both run anywhere, in no time.
const (
	Pipeline = `version: 1
name: hosts
executor: process
stages:
  train: {run: cp skill.txt model.txt, inputs: [skill.txt], outputs: [model.txt]}
  evaluate:
    run: awk -v skill=$(cat model.txt) -f predict.awk > predictions.csv
    inputs: [predict.awk, model.txt]
    predictions: predictions.csv
gate: {metrics: {roc_auc: {min: 0.6, margin: 0.02}}}
`
	Predict = `function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
BEGIN {
  seed = 42
  print "id,label,score"
  for (i = 1; i <= 600; i++) {
    label = uniform() < 0.5
    noise = uniform() + uniform() + uniform() - 1.5
    printf "row-%d,%d,%.6f\n", i, label, 1 / (1 + exp(-3 * (skill * (label - 0.5) + 1.2 * noise)))
  }
}
`
)
