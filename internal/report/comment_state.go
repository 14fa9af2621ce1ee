package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/muster-ci/muster/internal/result"
)

// The last line of a comment is hidden and for machines: what was decided about the
// change so far. A person may have edited it, so it is read as one reads what
// strangers write, and nothing is ever decided by it: it is only shown.
const (
	stateBegin = "<!-- muster-verdicts "
	stateEnd   = " -->"
)

// The limits of what is kept.
const (
	maxEarlier  = 20
	maxState    = 8_000 // bytes of JSON
	maxReadBody = 1 << 20
)

// Earlier reads what was decided before from the comment of the last job, the oldest
// first. What [Comment] would not have written counts as nothing.
func Earlier(body string) []result.PastVerdict {
	_, doc := stateOf(body)
	return doc.Verdicts
}

// Says reports whether the comment was written of a report with this key, and reads as
// it was written.
func Says(body, key string) bool {
	text, doc := stateOf(body)
	return key != "" && doc.Digest != "" && doc.Digest == digestOf(text, key)
}

// digestOf is over a comment's text, as hosts keep it, and what it was made of.
func digestOf(text, key string) string {
	if key == "" {
		return ""
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	sum := sha256.Sum256([]byte(key + "\x00" + text))
	return hex.EncodeToString(sum[:])
}

// stateOf divides a comment into its text and what it keeps for the next job.
func stateOf(body string) (text string, kept result.Verdicts) {
	var none result.Verdicts
	if len(body) > maxReadBody {
		return "", none
	}
	body = strings.TrimRight(body, " \r\n")
	at := strings.LastIndexByte(body, '\n') + 1
	line := body[at:]
	state, begins := strings.CutPrefix(line, stateBegin)
	state, ends := strings.CutSuffix(state, stateEnd)
	if !begins || !ends || len(state) > maxState || strings.Contains(state, "--") {
		return "", none
	}
	doc, err := result.Decode[result.Verdicts]([]byte(state), "comment")
	if err != nil {
		return "", none
	}
	return body[:at], doc
}

// past are the earlier verdicts that a comment shows: the last ones, and without the
// report's own, which the same job may have published once already.
func past(earlier, own []result.PastVerdict) []result.PastVerdict {
	out := slices.Clone(earlier)
	for i := range out {
		out[i].Commit, out[i].Said = clip(clean(out[i].Commit), maxCommit), clip(clean(out[i].Said), maxSaid)
		out[i].At = out[i].At.UTC().Truncate(time.Second)
	}
	for _, now := range own {
		if last := len(out) - 1; last >= 0 && out[last].Commit == now.Commit && out[last].Verdict == now.Verdict && out[last].Said == now.Said {
			out = out[:last]
		}
	}
	return out[max(len(out)-maxEarlier+1, 0):]
}

// The limits of a verdict's texts, as its schema has them.
const maxCommit, maxSaid = 64, 200

// verdictOf is the report's own verdict, if there is one.
func verdictOf(r result.Report, v *view, o Notes) []result.PastVerdict {
	if r.Decision == nil {
		return nil
	}
	commit := r.Commit
	if o.Commit != "" {
		commit = o.Commit
	}
	line := v.plain()
	if o.Unverified != "" {
		line = "Unverified: " + line
	}
	return []result.PastVerdict{{
		At: r.Created.UTC().Truncate(time.Second), Verdict: r.Decision.Verdict,
		Commit: clip(clean(commit), maxCommit), Said: clip(clean(line), maxSaid),
	}}
}

// hidden is the line that [Earlier] reads, as long as it may be.
func hidden(verdicts []result.PastVerdict, digest string) (string, error) {
	codec, err := result.NewCodec[result.Verdicts]()
	if err != nil {
		return "", fmt.Errorf("keep verdicts: %w", err)
	}
	for ; ; verdicts = verdicts[1:] {
		kept := append([]result.PastVerdict{}, verdicts...) // never nil
		data, err := codec.Encode(result.Verdicts{Schema: result.SchemaOf[result.Verdicts](), Verdicts: kept, Digest: digest})
		if err != nil {
			return "", fmt.Errorf("keep verdicts: %w", err)
		}
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return "", fmt.Errorf("keep verdicts: %w", err)
		}
		if state := inert(line.String()); len(state) <= maxState {
			return "\n" + stateBegin + state + stateEnd + "\n", nil
		}
	}
}

// inert writes JSON without numbers so that it means nothing to a host and cannot
// end the comment that it stands in: what is not a letter or a digit, one of JSON's
// own marks, or harmless, is written by its number. (Go reads times only with
// their colons as they are.)
func inert(document string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range document {
		switch {
		case wordy(r), strings.ContainsRune(`{}[]",\ ._+=/`, r), r == ':' && (last == '"' || unicode.IsDigit(last)), r == '-' && last != '-':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
		last = r
	}
	return b.String()
}
