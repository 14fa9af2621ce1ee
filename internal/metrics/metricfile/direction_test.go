package metricfile_test

import (
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/result"
)

func TestBetter(t *testing.T) {
	tests := map[result.Direction][]string{
		result.Lower: {
			"loss", "val_loss", "train/loss", "log_loss", "logLoss", "brier_score_loss", "brier", "rmse", "RMSE", "test.rmse", "mae", "max_error", "error_rate", "errorRate",
			"latency", "latency_ms", "latency_p95_ms", "p95_latency", "word_perplexity", "perplexity", "mean_squared_error", "false_positive_rate", "fpr", "wer", "loss.mean", "loss_epoch",
			"expected calibration error", "ece", "cross-entropy", "smape", "mse_1", "crps",
		},
		result.Higher: {
			"accuracy", "acc", "acc_norm", "val_accuracy", "top_5_accuracy", "roc_auc", "roc_auc_ovr", "AUC", "f1", "F1", "f1-score", "f1_macro", "f1.macro", "macro_f1", "precision", "recall@5",
			"ndcg@10", "ndcg_10", "map50", "mAP", "bleu4", "rouge1", "rougeL", "rouge_lsum", "exact_match", "exact_match,strict-match", "pass@1", "pass_rate", "r2", "r2_score", "true_positive_rate",
			"neg_mean_squared_error", "test_neg_log_loss", "mean_iou", "matthews_corrcoef", "average_precision", "explained_variance", "neg.recall", "mrr",
		},
		"": {
			"", ".", "epoch", "step", "seed", "count", "n", "rows", "support", "accuracy_std", "acc_stderr", "loss_weight", "recall.support", "map.legend", "class", "lossy", "compass", "glass", "trainer",
			"learning_rate", "rate", "temperature", "size", "macro", "5", "accuracy.total",
		},
	}
	for want, names := range tests {
		for _, name := range names {
			if got := metricfile.Better(name); got != want {
				t.Errorf("%q: %q is better, not %q", name, got, want)
			}
		}
	}
}

// What muster computes itself has the same direction by its name, or none.
func TestBetterAgreesWithDefinitions(t *testing.T) {
	for _, name := range metrics.Known() {
		definition, _ := metrics.Lookup(name)
		if got := metricfile.Better(name); got != "" && got != definition.Better {
			t.Errorf("%s: %s, but the definition says %s", name, got, definition.Better)
		}
	}
}
