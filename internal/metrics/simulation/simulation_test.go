package simulation_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/simulation"
)

// TestBounds draws from some populations of the grid, fewer sets than the table
// has. What is out of bounds there, by as much as chance would hardly do, would be
// in the table.
//
// Under the race detector it draws only enough to show that nothing races.
func TestBounds(t *testing.T) {
	sets := 250
	if watched {
		sets = 8
	}
	cells, err := simulation.Run(t.Context(), simulation.Reduced(), 3, sets, func(simulation.Case) {})
	if err != nil {
		t.Fatal(err)
	}
	// One of a hundred cells that lay exactly on the bound would be so many
	// standard errors off once in fifteen times; most lie well within.
	const chance = 3.2
	for _, c := range cells {
		name := c.Case.Family + ", " + c.Case.Name + ", " + c.Metric
		if c.Low() > chance || c.High() > chance && !c.Wide() {
			t.Errorf("%s: %.1f %% of %d intervals hold the difference", name, 100*c.Tally.Covered(), c.Tally.Known)
		}
		if c.Denials() > chance {
			t.Errorf("%s: %.1f %% of %d equal candidates were called worse", name, 100*c.Tally.DeniedShare(), c.Tally.Known)
		}
		if c.Tally.Known == 0 && !watched {
			t.Errorf("%s: no interval: %s", name, c.Tally.Reason)
		}
	}
}

// TestSameOnAnyNumberOfCores: the table is the same, byte by byte.
func TestSameOnAnyNumberOfCores(t *testing.T) {
	table := func() string {
		var text bytes.Buffer
		cells, err := simulation.Run(t.Context(), simulation.Reduced()[:6], 5, 20, func(simulation.Case) {})
		if err == nil {
			err = simulation.Print(&text, cells)
		}
		if err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	many := table()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := table(); one != many || !strings.Contains(one, "| roc_auc | 200 |") {
		t.Errorf("one core printed\n%s\nand several\n%s", one, many)
	}
}
