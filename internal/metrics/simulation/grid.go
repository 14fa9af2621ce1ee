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

// Reduced lists cases of each family that are quickly drawn: what a test can do.
func Reduced() []Case {
	var cases []Case
	for _, p := range []binormal{{0.2, 0.9, 0.9, 0.5}, {0.5, 0.99, 0.99, 0.5}, {0.5, 0.7, 0.7, 0.95}, {0.3, 0.87, 0.9, 0.5}} {
		cases = append(cases, p.cases("two classes", []int{200}, ofTwoClasses())...)
	}
	for _, part := range [][]Case{
		threeClasses([]int{200})[2:], regression([]int{100}), ranked([]int{50}), grouped([]int{50}), series([]int{300})[:2],
		weighted([]int{200}), repeated([]int{50}), recipes([]int{100})[1:3], sliced([]int{50})[:2],
	} {
		cases = append(cases, part...)
	}
	return cases
}
