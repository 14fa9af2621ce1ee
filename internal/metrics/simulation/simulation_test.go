package simulation_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/metrics/simulation"
)

// TestBounds draws from some populations of the grid, fewer sets than the table
// has. What is out of bounds there, by as much as chance would hardly do, would be
// in the table.
//
// Under the race detector it draws only enough to show that nothing races.
func TestBounds(t *testing.T) {
	sets := 400
	if watched {
		sets = 20
	}
	cells, err := simulation.Run(t.Context(), simulation.Reduced(), 3, sets, func(simulation.Case) {})
	if err != nil {
		t.Fatal(err)
	}
	// Of some 100 cells, one would be off by so many standard errors once in
	// 15 runs if it lay exactly on the bound; most lie well within.
	const chance = 3.2
	for _, c := range cells {
		name := c.Case.Family + ", " + c.Case.Name + ", " + c.Metric
		if c.Low() > chance || c.High() > chance && !c.Case.Wide {
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
