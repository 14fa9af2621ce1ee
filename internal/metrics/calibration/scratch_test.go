package calibration_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

func TestScratch(t *testing.T) {
	for _, n := range []int{200, 1000, 5000, 30000} {
		random := rand.New(rand.NewPCG(1, 2))
		var b strings.Builder
		b.WriteString("id,label,score,part\n")
		for i := range n {
			label := random.IntN(2)
			x := 1.3*(2*float64(label)-1) + random.NormFloat64()
			fmt.Fprintf(&b, "%d,%d,%.6f,%c\n", i, label, 1/(1+math.Exp(-2*x)), 'a'+rune(i%3))
		}
		set, err := predictions.Read(strings.NewReader(b.String()), "p.csv", predictions.Columns{Slices: []string{"part"}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		g := func(m string) metrics.Spec { return metrics.Spec{Metric: m, Margin: metrics.Margin{Value: 0.005}, Gated: true} }
		c, err := calibration.Calibrate(t.Context(), calibration.Request{Champion: set, Specs: []metrics.Spec{g("accuracy"), g("roc_auc"), g("log_loss")}, Correlation: 0.8})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(n, time.Since(start), c.Reason)
		for _, r := range c.Rows {
			curve := r.Curve
			r.Curve = nil
			j, _ := json.Marshal(r)
			fmt.Println(string(j))
			for _, p := range curve {
				fmt.Printf("   %.4f %.3f %.3f %.3f\n", p.Drop, p.Shown, p.Worse, p.Denied)
			}
		}
		c.Rows = nil
		j, _ := json.Marshal(c)
		fmt.Println(string(j))
	}
}
