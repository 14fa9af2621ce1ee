// Package result holds the plain values that pass between muster's features,
// and the one way they become files and come back.
//
// Every result is a JSON document whose "schema" field names its kind and
// version. A feature takes the document that the feature before it made (run →
// decision → promotion → report) and never imports that feature: what crosses
// the border is a value of this package, in memory or on disk. [Write] puts a
// document down whole; [Read] takes it only if it is what its JSON Schema says.
package result
