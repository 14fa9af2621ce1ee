// Package stages runs a pipeline: it orders the stages by what they read and
// write, gives each one a key over everything that its outputs depend on,
// restores what is known under that key, and executes the rest.
//
// A pipeline passes through [NewPlan] (order) and [Runner.Run] (for each stage:
// snapshot of the inputs → key → cache, or workspace → executor → outputs) to a
// result.Run. An [Executor] runs one command somewhere; the adapters lie in
// sub-packages and pass one conformance suite, executortest. What a stage did
// not declare as input, it does not see: that is what makes the cache sound.
package stages
