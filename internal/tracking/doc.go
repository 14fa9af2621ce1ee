// Package tracking is a small experiment tracker over run records. Its
// functions are pure: records go in, and what they show side by side comes out
// as documents of internal/result. [List] lines runs up, [Diff] says what
// differs between two and what became better or worse, [Rank] finds the best.
//
// A run's numbers come from several places. [Summarise] brings them together
// under one name each: the gate's metrics as muster computed them, what the
// evaluate stage wrote, and what other stages wrote; of a stage with a matrix,
// the mean over the cells that differ by a seed alone.
//
// Package mlflow, below, sends a run to a tracker of another kind.
package tracking
