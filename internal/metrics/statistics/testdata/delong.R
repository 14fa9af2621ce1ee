# Writes delong.json: scores of two models on the same rows, and what pROC makes of them.
#
#     Rscript delong.R delong.json
#
# Made with R 4.2.2, pROC 1.18.0 and jsonlite 1.8.4.

suppressMessages(library(pROC))
set.seed(20240517)

compare <- function(positives, negatives, decimals, signal, gain) {
  label <- c(rep(1, positives), rep(0, negatives))
  truth <- rnorm(length(label)) + signal * label
  candidate <- round(truth + gain * rnorm(length(label)), decimals)
  champion <- round(truth + 0.5 * rnorm(length(label)), decimals)
  a <- roc(label, candidate, levels = c(0, 1), direction = "<", quiet = TRUE)
  b <- roc(label, champion, levels = c(0, 1), direction = "<", quiet = TRUE)
  less <- roc.test(a, b, paired = TRUE, method = "delong", alternative = "less")
  both <- roc.test(a, b, paired = TRUE, method = "delong")
  list(
    candidate = list(positives = candidate[label == 1], negatives = candidate[label == 0]),
    champion = list(positives = champion[label == 1], negatives = champion[label == 0]),
    area = as.numeric(auc(a)), variance = var(a, method = "delong"),
    interval = as.numeric(ci.auc(a, method = "delong"))[c(1, 3)],
    difference = as.numeric(auc(a)) - as.numeric(auc(b)), z = unname(less$statistic),
    difference_variance = var(a, method = "delong") + var(b, method = "delong") - 2 * cov(a, b, method = "delong"),
    p = less$p.value, difference_interval = as.numeric(both$conf.int)
  )
}

cases <- list(
  plain = compare(80, 120, 6, 1, 0.6),
  ties = compare(60, 90, 1, 1, 0.6),
  few = compare(7, 9, 3, 1, 0.8),
  rare = compare(12, 300, 6, 1.5, 0.4),
  better = compare(100, 100, 6, 1.5, 0.1),
  worse = compare(150, 100, 6, 1, 2),
  high = compare(60, 80, 6, 3.2, 0.9)
)
args <- commandArgs(trailingOnly = TRUE)
writeLines(jsonlite::toJSON(cases, auto_unbox = TRUE, digits = NA), args[1])
