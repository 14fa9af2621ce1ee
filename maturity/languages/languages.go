// Package languages reads what no parser of ours reads, R, Julia, Scala, Java,
// Kotlin, Go, SQL and JavaScript, line by line: which line trains, which tools a file
// uses, how many tests it has.
package languages

import (
	"path"
	"regexp"
	"strings"
)

// Language says how training shows itself: a library that fits models, and a call
// that does.
type Language struct {
	Name         string
	comment      string
	uses, trains *regexp.Regexp
	// alone are calls that need no library.
	alone *regexp.Regexp
}

var (
	inR = &Language{
		Name: "R", comment: "#",
		uses:   regexp.MustCompile(`\b(library|require|requireNamespace|box::use)\s*\(\s*["']?(caret|tidymodels|parsnip|workflows|tune|randomForest|ranger|xgboost|lightgbm|catboost|glmnet|rpart|e1071|gbm|nnet|keras3?|tensorflow|torch|luz|h2o|mlr3\w*|mlr|prophet|forecast|fable|brulee|C50|kernlab|party|bsts|sparklyr)\b|\b(parsnip|workflows|ranger|xgboost|glmnet|randomForest|rpart|caret|luz|h2o|tune)::`),
		trains: regexp.MustCompile(`\b(randomForest|ranger|xgboost|xgb\.train|lgb\.train|lightgbm|glmnet|cv\.glmnet|rpart|svm|naiveBayes|gbm|nnet|h2o\.(gbm|randomForest|glm|deeplearning|automl|xgboost)|auto\.arima|prophet|train|fit|last_fit|fit_resamples|tune_grid|tune_bayes|fit_xy|ml_[a-z_]+_(classifier|regressor|regression))\s*\(|\$(train|fit)\s*\(|loss\$backward`),
		alone:  regexp.MustCompile(`<-\s*(stats::)?glm\s*\(`),
	}
	inJulia = &Language{
		Name: "Julia", comment: "#",
		uses:   regexp.MustCompile(`^\s*(using|import)\s.*\b(Flux|MLJ|Lux|Knet|ScikitLearn|XGBoost|LightGBM|DecisionTree|Turing|GLM|MLJFlux|FastAI|Zygote|EvoTrees)\b`),
		trains: regexp.MustCompile(`\b(Flux\.)?(train!|fit!|fit_model|update!|build_forest|build_tree|xgboost|machine)\s*\(|\bFlux\.(withgradient|gradient)\s*\(|\bglm\s*\(`),
	}
	inScala = &Language{
		Name: "Scala", comment: "//",
		uses:   regexp.MustCompile(`^\s*import\s+(org\.apache\.spark\.ml|ml\.dmlc\.xgboost4j|smile\.)`),
		trains: regexp.MustCompile(`\.fit\s*\(|XGBoost\.train\s*\(|\brandomForest\s*\(`),
	}
	inJava = &Language{
		Name: "Java", comment: "//",
		uses:   regexp.MustCompile(`^\s*import\s+(org\.deeplearning4j|org\.apache\.spark\.ml|weka\.classifiers|org\.tribuo|ml\.dmlc\.xgboost4j|ai\.djl\.training|smile\.)`),
		trains: regexp.MustCompile(`\.(fit|buildClassifier|train)\s*\(`),
	}
	inGo  = &Language{Name: "Go", comment: "//"}
	inSQL = &Language{
		Name: "SQL", comment: "--",
		alone: regexp.MustCompile(`(?i)^\s*CREATE\s+(OR\s+REPLACE\s+)?MODEL\b`),
	}
)

// Of returns the language of a file, or nil.
func Of(file string) *Language {
	switch strings.ToLower(path.Ext(file)) {
	case ".r", ".rmd", ".qmd":
		return inR
	case ".jl":
		return inJulia
	case ".scala", ".sc":
		return inScala
	case ".java", ".kt":
		return inJava
	case ".sql":
		return inSQL
	case ".go":
		return inGo
	}
	return nil
}

// Training returns the first line that trains, in a file that uses a library
// which can, and what stands there.
func (l *Language) Training(text string) (int, string) {
	uses, first, what := l.uses == nil, 0, ""
	for i, line := range strings.Split(text, "\n") {
		if len(line) > maxCodeLine {
			continue
		}
		code, _, _ := strings.Cut(line, l.comment)
		if strings.TrimSpace(code) == "" {
			continue
		}
		if l.alone != nil && l.alone.MatchString(code) {
			return i + 1, code
		}
		uses = uses || l.uses.MatchString(code)
		if first == 0 && l.trains != nil && l.trains.MatchString(code) {
			first, what = i+1, code
		}
	}
	if !uses {
		return 0, ""
	}
	return first, what
}

// maxCodeLine bounds the lines that are looked at: a longer one is data.
const maxCodeLine = 2000
