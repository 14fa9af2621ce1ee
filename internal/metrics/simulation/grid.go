package simulation

// Grid lists all cases, in the order of the table.
func Grid() []Case {
	var cases []Case
	for _, part := range [][]Case{
		twoClasses([]int{50, 100, 200, 500, 2000, 20_000}),
		threeClasses([]int{100, 500, 2000}),
		regression([]int{50, 100, 200, 500, 2000, 20_000}),
		ranked([]int{30, 50, 200}),
		grouped([]int{30, 50, 200}),
		series([]int{200, 500, 2000, 20_000}),
		weighted([]int{100, 500}),
		repeated([]int{50, 200}),
		recipes([]int{200, 1000}),
		sliced([]int{50, 100, 200}),
	} {
		cases = append(cases, part...)
	}
	return cases
}
