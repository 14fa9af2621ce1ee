package calibration

import "github.com/muster-ci/muster/internal/metrics/statistics"

func normalCDF(z float64) float64      { return statistics.NormalCDF(z) }
func normalQuantile(p float64) float64 { return statistics.NormalQuantile(p) }

// ownStreams sets the streams of trials apart from those of resamples.
const ownStreams = 0x63616c6962726174
