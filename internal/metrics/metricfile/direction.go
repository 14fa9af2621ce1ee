package metricfile

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/muster-ci/muster/internal/result"
)

// convention is a direction, and the words that names of this direction end in.
type convention struct {
	better  result.Direction
	endings []string
}

// conventions are the names that many libraries give their metrics.
func conventions() []convention {
	return []convention{
		{result.Lower, []string{
			"loss", "logloss", "error", "errors", "error rate", "error count", "failures", "fail rate", "failure rate", "fail count",
			"mse", "rmse", "msle", "rmsle", "mae", "mape", "smape", "mase", "medae", "deviance", "brier", "crps", "pinball", "divergence",
			"nll", "entropy", "cross entropy", "perplexity", "ppl", "bits per byte", "bits per character", "bpb", "bpc",
			"false positive rate", "false negative rate", "false discovery rate", "false omission rate", "fpr", "fnr",
			"latency", "wer", "cer", "ter", "eer", "ece", "fid",
		}},
		{result.Higher, []string{
			"accuracy", "acc", "auc", "auroc", "auprc", "rocauc", "prauc", "f1", "fbeta", "fscore", "precision", "average precision", "recall",
			"sensitivity", "specificity", "true positive rate", "true negative rate", "tpr", "tnr", "npv", "ppv", "kappa", "qwk", "mcc", "matthews", "gini",
			"r2", "explained variance", "map", "ap", "mrr", "ndcg", "dcg", "hit", "hits", "hit rate", "iou", "miou", "dice", "jaccard", "silhouette",
			"bleu", "sacrebleu", "rouge", "meteor", "chrf", "bertscore", "exact match", "em", "pass", "pass rate", "pass count", "win rate", "success rate",
			"successes", "psnr", "ssim", "throughput",
		}},
	}
}

// qualifiers may stand behind a metric's name without changing what is better.
func qualifiers() []string {
	return []string{
		"macro", "micro", "weighted", "binary", "ovr", "ovo", "mean", "avg", "average", "median", "score", "none", "norm",
		"at", "k", "l", "lsum", "top", "train", "training", "val", "valid", "validation", "eval", "test", "dev", "epoch", "step", "best", "last", "final",
		"ms", "s", "sec", "secs", "seconds", "us", "percent", "pct", "strict", "flexible", "coef", "corrcoef",
	}
}

// counted is a number, or a percentile: the 5 of recall@5, the p95 of latency_p95.
var counted = regexp.MustCompile(`^p?\d+$`)

// Better returns which way a number improves by the convention that its name
// follows, or "" if there is none: val_loss, f1.macro, ndcg@10, latency_p95_ms.
func Better(name string) result.Direction {
	if len(name) > maxName {
		return ""
	}
	name, _, _ = strings.Cut(name, ",") // exact_match,strict-match: a filter of lm-evaluation-harness
	better := betterOf(words(strings.ToLower(name)))
	if better == "" {
		better = betterOf(words(strings.ToLower(apart(name))))
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; better == result.Lower && slices.Contains(words(last), "neg") {
		return result.Higher // scikit-learn's neg_mean_squared_error
	}
	return better
}

func betterOf(words []string) result.Direction {
	known := byEnding()
	for len(words) > 0 {
		if better := known.of(words); better != "" {
			return better
		}
		last := words[len(words)-1]
		if !counted.MatchString(last) && !known.qualifiers[last] {
			return ""
		}
		words = words[:len(words)-1]
	}
	return ""
}

// endingTable is the conventions made ready for looking up.
type endingTable struct {
	better     map[string]result.Direction
	qualifiers map[string]bool
}

const longestEnding = 3 // words

var byEnding = sync.OnceValue(func() endingTable {
	t := endingTable{better: map[string]result.Direction{}, qualifiers: map[string]bool{}}
	for _, c := range conventions() {
		for _, ending := range c.endings {
			t.better[ending] = c.better
		}
	}
	for _, word := range qualifiers() {
		t.qualifiers[word] = true
	}
	return t
})

// of looks for what the words end in, the longest first; digits may stick to the
// last word: rouge1, bleu4, map50.
func (t endingTable) of(words []string) result.Direction {
	for n := min(longestEnding, len(words)); n > 0; n-- {
		ending := strings.Join(words[len(words)-n:], " ")
		for _, form := range []string{ending, strings.TrimRight(ending, "0123456789")} {
			if better := t.better[form]; better != "" {
				return better
			}
		}
	}
	return ""
}

func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// apart puts spaces between the words of camelCase.
func apart(name string) string {
	var out strings.Builder
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			out.WriteByte(' ')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		out.WriteRune(r)
	}
	return out.String()
}
