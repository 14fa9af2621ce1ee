package plot

import (
	"math"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// described is one model's curve on its way into the description.
type described struct {
	name   string
	points []result.Point
}

// both are the models in the order in which they are named.
func both(labels Labels, old, fresh []result.Point) []described {
	return []described{{labels.Candidate, fresh}, {labels.Champion, old}}
}

// tell says what a function finds in the curves.
func (p *picture) tell(about string, models []described, find func([]result.Point) string) {
	var found []string
	for _, m := range models {
		if len(m.points) > 0 {
			found = append(found, m.name+" "+find(m.points))
		}
	}
	p.say("%s: %s.", about, strings.Join(found, ", "))
}

// heightAt is the value of a curve at a place: that of the last point before it.
func heightAt(x float64) func([]result.Point) string {
	return func(points []result.Point) string {
		y := points[0].Y
		for _, q := range points {
			if q.X <= x {
				y = q.Y
			}
		}
		return percent(y)
	}
}

// placeOf is where a curve that does not fall reaches a share.
func placeOf(share float64) func([]result.Point) string {
	return func(points []result.Point) string {
		for _, q := range points {
			if q.Y >= share {
				return short(q.X)
			}
		}
		return "not reached"
	}
}

// farthest is the largest distance of scores and shares.
func farthest(points []result.Point) string {
	most := 0.0
	for _, q := range points {
		most = max(most, math.Abs(q.Y-q.X))
	}
	return percent(most)
}

// extremes are the least and the largest value.
func extremes(points []result.Point) string {
	low, high := points[0].Y, points[0].Y
	for _, q := range points {
		low, high = min(low, q.Y), max(high, q.Y)
	}
	return plural(len(points), "point", "points") + " from " + short(low) + " to " + short(high)
}
