package languages

import (
	"regexp"
	"strings"
)

// Use is a tool that a file uses, and the first line that does.
type Use struct {
	Tool, Category string
	// Kind is that of a fact "serve".
	Kind string
	Line int
	Text string
}

// sign is how a tool shows itself: what stands in a line of code, in a file that
// names the library.
type sign struct {
	tool, category string
	library, call  *regexp.Regexp
	kind           string
}

// modelsInGo are the libraries with which Go runs models.
var modelsInGo = regexp.MustCompile(`onnxruntime_go|dmitryikh/leaves|tensorflow/tensorflow/go|galeone/tfgo|catboost|owulveryck/onnx-go`)

// signs are by the name of the language. Sources: mlflow.org (R and Java
// APIs), rstudio.github.io/vetiver-r, pins.rstudio.com, rplumber.io,
// docs.djl.ai, onnxruntime.ai (Java), github.com/yalue/onnxruntime_go,
// github.com/dmitryikh/leaves.
var signs = map[string][]sign{
	"R": {
		{"MLflow", "tracking", regexp.MustCompile(`\bmlflow\b`), regexp.MustCompile(`\bmlflow_(log_(param|metric|batch|model|artifact)|start_run|set_tag)\s*\(`), ""},
		{"MLflow", "registry.register", regexp.MustCompile(`\bmlflow\b`), regexp.MustCompile(`\bmlflow_(create_model_version|create_registered_model)\s*\(`), ""},
		{"MLflow", "registry.promote", regexp.MustCompile(`\bmlflow\b`), regexp.MustCompile(`\bmlflow_(transition_model_version_stage|set_model_version_alias)\s*\(`), ""},
		{"MLflow", "load", regexp.MustCompile(`\bmlflow\b`), regexp.MustCompile(`\bmlflow_load_model\s*\(`), ""},
		{"TensorFlow runs", "tracking.local", regexp.MustCompile(`\btfruns\b`), regexp.MustCompile(`\btraining_run\s*\(`), ""},
		{"vetiver", "registry.register", regexp.MustCompile(`\bvetiver\b`), regexp.MustCompile(`\bvetiver_pin_write\s*\(`), ""},
		{"pins", "registry.register", regexp.MustCompile(`\bpins\b[\s\S]*(\bboard_(s3|gcs|azure|connect|rsconnect|gdrive|ms365|databricks)|versioned\s*=\s*TRUE)`), regexp.MustCompile(`\bpin_write\s*\([^)]*\b\w*(model|fit|wflow|workflow)\w*`), ""},
		{"vetiver", "registry.lookup", regexp.MustCompile(`\bvetiver\b`), regexp.MustCompile(`\bvetiver_pin_read\s*\(`), ""},
		{"vetiver", "serve", regexp.MustCompile(`\bvetiver\b`), regexp.MustCompile(`\bvetiver_api\s*\(`), "web"},
		{"vetiver", "monitor", regexp.MustCompile(`\bvetiver\b`), regexp.MustCompile(`\bvetiver_(pin_metrics|compute_metrics)\s*\(`), ""},
		{"vetiver", "deploy.model", regexp.MustCompile(`\bvetiver\b`), regexp.MustCompile(`\bvetiver_deploy_(rsconnect|sagemaker)\s*\(`), ""},
		{"plumber", "serving.app", nil, regexp.MustCompile(`^#[*']\s*@(get|post)\b|\bpr_(get|post)\s*\(`), ""},
		{"R", "infer", nil, regexp.MustCompile(`\b(predict|augment)\s*\((\s*\w*(model|fit|workflow|rf|xgb)\w*\s*,|\s*$)`), ""},
		{"R", "load", nil, regexp.MustCompile(`\b(readRDS|read_rds|qread)\s*\(.*(model|fit|workflow|wflow|recipe)|\b(lgb|xgb|lgbm|catboost)[._]load\w*\s*\(|\bload_model_(tf|hdf5)\s*\(|\bunbundle\s*\(|\btorch_load\s*\(`), ""},
		{"R", "metric", nil, regexp.MustCompile(`\b(metric_set|collect_metrics|conf_mat|confusionMatrix|postResample)\s*\(|\byardstick::\w|\b(rmse|mae|mape|rsq|roc_auc|accuracy|mn_log_loss|f_meas)_vec\b|\bMetrics::\w`), ""},
		{"R", "heldout", nil, regexp.MustCompile(`\b(initial_(time_|validation_)?split|group_initial_split|createDataPartition|vfold_cv|rolling_origin|sliding_period|time_series_cv)\s*\(|\b(test|holdout|validation)_(data|set|df|tbl)\w*\s*<-`), ""},
		{"R", "metrics.file", nil, regexp.MustCompile(`\b(write_(parquet|csv|json|rds|tsv)|saveRDS|fwrite|write\.csv|write_json|pin_write|dbWriteTable)\s*\(.*(metric|perform|eval|accura|score)`), ""},
		{"R", "seed", nil, regexp.MustCompile(`\bset\.seed\s*\(\s*[^N)]`), ""},
		{"R", "params", nil, regexp.MustCompile(`\b(read_yaml|yaml\.load_file|config::get|read_json|fromJSON|commandArgs|parse_args|docopt|arg_parser)\s*\(`), ""},
		{"R", "commit", nil, regexp.MustCompile(`\bgit2r::|\bgert::git_|\bgit_(sha|commit)\w*\s*(=|<-)|rev-parse`), ""},
		{"R", "data.key", nil, regexp.MustCompile(`\b(dvc|data|dataset|input)_(md5|hash|version|digest)\w*\s*(=|<-)`), ""},
		{"R", "data.fetch", nil, regexp.MustCompile(`\b(dbGetQuery|dbReadTable|bq_project_query|bq_table_download|s3read_using|download\.file|pin_read|req_perform)\s*\(|\bhttr::GET\s*\(|\btbl\s*\(\s*\w*(con|conn|db|pool)\s*,|\b(read_(csv|parquet|json)|open_dataset|read\.csv)\s*\(\s*["'](https?|s3|gs)://`), ""},
	},
	"Julia": {
		{"MLFlowClient", "tracking", regexp.MustCompile(`\bMLFlowClient\b`), regexp.MustCompile(`\blog(param|metric|artifact|batch)\s*\(`), ""},
		{"Weights & Biases", "tracking", regexp.MustCompile(`\bWandb\b`), regexp.MustCompile(`\b(WandbLogger|Wandb\.log)\s*\(`), ""},
		{"TensorBoard", "tracking.local", regexp.MustCompile(`\bTensorBoardLogger\b`), regexp.MustCompile(`\bTBLogger\s*\(`), ""},
		{"Julia", "load", regexp.MustCompile(`\b(BSON|JLD2|MLJ|Flux|Lux|XGBoost)\b`), regexp.MustCompile(`(BSON\.)?@load\b|\b(BSON\.load|JLD2\.load|load_object|jldopen|loadmodel!)\s*\(|\bmachine\s*\(\s*"`), ""},
		{"Julia", "infer", regexp.MustCompile(`\b(BSON|JLD2|MLJ|Flux|Lux|XGBoost)\b`), regexp.MustCompile(`\b(predict\w*|model|net)\s*\(`), ""},
		{"Genie", "serving.app", regexp.MustCompile(`\b(Genie|HTTP|Oxygen)\b`), regexp.MustCompile(`\broute\s*\(|HTTP\.serve|@(get|post)\b`), ""},
	},
	"Java": {
		{"MLflow", "tracking", regexp.MustCompile(`org\.mlflow`), regexp.MustCompile(`\.log(Param|Metric|Batch|Artifact)s?\s*\(`), ""},
		{"DJL", "infer", regexp.MustCompile(`ai\.djl`), regexp.MustCompile(`\.(newPredictor|predict|batchPredict)\s*\(`), ""},
		{"ONNX Runtime", "load", regexp.MustCompile(`ai\.onnxruntime`), regexp.MustCompile(`\.createSession\s*\(`), ""},
		{"ONNX Runtime", "infer", regexp.MustCompile(`ai\.onnxruntime`), regexp.MustCompile(`[sS]ession\.run\s*\(`), ""},
		{"Spring", "serving.app", regexp.MustCompile(`org\.springframework`), regexp.MustCompile(`@(Rest)?Controller\b`), ""},
	},
	"Go": {
		{"ONNX Runtime", "load", modelsInGo, regexp.MustCompile(`\bNew\w*Session\w*(\[\w+\])?\(|\b\w+FromFile\(|\bLoadSavedModel\(|\bLoadFullModelFrom\w+\(`), ""},
		{"ONNX Runtime", "infer", modelsInGo, regexp.MustCompile(`\.Run\(|\.Predict\w*\(|\.CalcModelPrediction\w*\(`), ""},
		{"net/http", "serving.app", modelsInGo, regexp.MustCompile(`\bhttp\.(HandleFunc|Handle|ListenAndServe)\(|\bgin\.(Default|New)\(|\becho\.New\(|\bfiber\.New\(|\bgrpc\.NewServer\(|\bchi\.NewRouter\(`), ""},
	},
	"Scala": {
		{"MLflow", "tracking", regexp.MustCompile(`org\.mlflow`), regexp.MustCompile(`\.log(Param|Metric|Batch|Artifact)s?\s*\(`), ""},
		{"Spark", "load", regexp.MustCompile(`org\.apache\.spark\.ml`), regexp.MustCompile(`\b\w*Model\.(load|read)\b`), ""},
	},
}

// Uses returns the tools that a file uses, one of each.
func (l *Language) Uses(text string) []Use {
	var out []Use
	for _, s := range signs[l.Name] {
		if s.library != nil && !s.library.MatchString(text) {
			continue
		}
		if line, what := firstLine(text, l.comment, s); line > 0 {
			out = append(out, Use{Tool: s.tool, Category: s.category, Kind: s.kind, Line: line, Text: what})
		}
	}
	return out
}

// firstLine is the first line of code that a sign stands in. What plumber reads are
// comments.
func firstLine(text, comment string, s sign) (int, string) {
	for i, line := range strings.Split(text, "\n") {
		if len(line) > maxCodeLine {
			continue
		}
		code := line
		if s.tool != "plumber" {
			code, _, _ = strings.Cut(line, comment)
		}
		if s.call.MatchString(code) {
			return i + 1, strings.TrimSpace(code)
		}
	}
	return 0, ""
}
