// Package report turns a [result.Report] into what people read: text for a
// terminal, Markdown for a pull request, and an HTML page that needs nothing
// but itself. (JSON is the document itself: [result.Encode].)
//
// A document passes through in two steps. First a view is built of it: what is
// said, in which order, with which numbers; the same for every format, so that
// the formats cannot disagree. All text that came from outside is cleaned and
// clipped there. Then one renderer lays the view out and escapes every text for
// its format, once, at the border: escape_markdown.go, escape_terminal.go, and
// html/template.
//
// Every part of a document may be absent. A command prints its own part by
// giving a document that holds nothing else.
package report
