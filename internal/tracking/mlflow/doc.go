// Package mlflow logs a run to an MLflow tracking server through its REST API
// (version 2.0): parameters, metrics, and tags that say where the run came from.
//
// A run is known on the server by the tag muster.run. [Client.Log] looks for it
// first, so that sending a run again, after a break in the middle or by two
// people at once, finds what is there. Nothing is tried twice on its own: a
// server that is down must not hold up a pipeline, and the record on disk can
// be sent whenever it is up again.
package mlflow
