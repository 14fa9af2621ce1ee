// Package stages runs a pipeline: it orders the stages by what they read and
// write, gives each one a key over everything that its outputs depend on,
// restores what is known under that key, and executes the rest.
//
// A pipeline passes through [NewPlan] (order) and [Runner.Run], which starts each
// stage when what it needs is there and the machine has room for it: snapshot of
// the inputs → key → cache, or workspace → executor → outputs. What comes of it is
// a result.Run, and meanwhile one stream of events. What a stage did not declare
// as input, it does not see: that is what makes the cache sound.
//
// An [Executor] runs one command somewhere; a [Fetcher] gets one file. The adapters
// lie in sub-packages; executors pass one conformance suite, executortest. [Base]
// is what a change request is held to. A [Folder] is what runs leave on disk: the
// records, which make a history, and the cache, which can be pruned and verified. A
// [Bundle] carries a model to another machine.
package stages
