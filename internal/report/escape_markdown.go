package report

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// breaker is a zero-width space as an entity. It parts what a host would turn
// into a mention, a reference, or a command after the Markdown was rendered,
// where escaping characters no longer helps.
const breaker = "&#8203;"

// mdText escapes a text so that Markdown shows it as it is, anywhere but at the
// beginning of a line; see [mdLine].
func mdText(s string) string {
	runes := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	var b strings.Builder
	for i, r := range runes {
		switch {
		case strings.ContainsRune("\\|$~`*[]", r),
			// Inside a word an underscore emphasises nothing.
			r == '_' && (!wordy(at(i-1)) || !wordy(at(i+1))),
			// "::set-output" and "##[…]" command a runner that prints this.
			r == ':' && at(i+1) == ':',
			r == '#' && (at(i+1) == '#' || at(i+1) == '['):
			entity(&b, r)
		case strings.ContainsRune("<>&", r):
			b.WriteString(html.EscapeString(string(r)))
		default:
			b.WriteRune(r)
		}
		if refers(runes, i) {
			b.WriteString(breaker)
		}
	}
	return b.String()
}

// refers reports whether GitHub or GitLab would act upon the text that begins
// at i if the rest followed at once: mentions, numbers of issues, merge requests
// and the like, addresses.
func refers(runes []rune, i int) bool {
	rest := string(runes[i+1 : min(i+3, len(runes))])
	before := strings.ToLower(string(runes[max(i-2, 0) : i+1]))
	switch {
	case runes[i] == '@':
		return true
	case rest == "":
		return false
	case '0' <= rest[0] && rest[0] <= '9':
		return strings.ContainsRune("#!%~&$", runes[i]) || strings.HasSuffix(before, "gh-") || (runes[i] == ':' && pictured(runes[i+1:]))
	case strings.ContainsRune("~%", runes[i]): // GitLab's labels and milestones have names
		return rest[0] == '"' || wordy(runes[i+1])
	case runes[i] == ':':
		return rest == "//" || pictured(runes[i+1:])
	default:
		return strings.HasSuffix(before, "gh-") || before == "www"
	}
}

// pictured reports whether a text that follows a colon makes a picture of both, as
// in ":tada:"; the second colon may come with the text after it.
func pictured(rest []rune) bool {
	end := slices.IndexFunc(rest, func(r rune) bool { return !wordy(r) && !strings.ContainsRune("_+-", r) })
	return end > 0 && rest[end] == ':' || end < 0 && len(rest) > 0
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func entity(b *strings.Builder, r rune) {
	b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
}

// mdLine is mdText for the beginning of a line, where some characters make a
// list, a heading, a rule or, on GitLab, a quick action.
func mdLine(s string) string {
	escaped := mdText(s)
	trimmed := strings.TrimLeft(escaped, " ")
	if trimmed == "" {
		return ""
	}
	first := rune(trimmed[0])
	if strings.ContainsRune("/#+-=.:!", first) {
		var b strings.Builder
		entity(&b, first)
		return b.String() + trimmed[1:]
	}
	if at := strings.IndexAny(trimmed, ".)"); at > 0 && strings.Trim(trimmed[:at], "0123456789") == "" {
		var b strings.Builder
		entity(&b, rune(trimmed[at]))
		return trimmed[:at] + b.String() + trimmed[at+1:]
	}
	return trimmed
}

// mdCode shows a text as code. Where backticks cannot hold it (backslashes and
// bars mean something else in table cells), it becomes an HTML element.
func mdCode(s string) string {
	if s == "" {
		return ""
	}
	acting := slices.ContainsFunc([]string{"::", "${{", "<!--"}, func(mark string) bool { return strings.Contains(s, mark) }) || runnerCommand.MatchString(s)
	if !strings.ContainsAny(s, "`|\\\n") && !acting && strings.TrimSpace(s) == s {
		return "`" + s + "`"
	}
	return "<code>" + mdPre(s) + "</code>"
}

// mdPre escapes a text for an HTML element inside Markdown: no character of it
// means anything to either.
func mdPre(s string) string {
	const harmless = " \n.,-/=()\"'^{};?+%:"
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		next := string(runes[i+1 : min(i+2, len(runes))])
		switch {
		case r >= 0x80 || wordy(r):
			b.WriteRune(r)
		case !strings.ContainsRune(harmless, r),
			r == ':' && (next == ":" || next == "/"),
			r == '/' && (i == 0 || runes[i-1] == '\n'), // a quick action of GitLab's
			r == '.' && i > 0 && (runes[i-1] == 'w' || runes[i-1] == 'W'):
			entity(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mdPhrase writes a phrase; start says that it begins a line.
func mdPhrase(p phrase, start bool) string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Text == "":
		case s.Style == code:
			b.WriteString(mdCode(s.Text))
		case s.Style == strong:
			b.WriteString("**" + mdText(s.Text) + "**")
		case s.Style == mention:
			b.WriteString(s.Text)
		case start && i == 0:
			b.WriteString(mdLine(s.Text))
		default:
			b.WriteString(mdText(s.Text))
		}
	}
	return b.String()
}

// mdLink is a link to an address that was checked to be http or https.
func mdLink(text, address string) string {
	return "[" + mdText(text) + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\\", "%5C", "|", "%7C", " ", "%20", "\n", "%0A").Replace(address) + ">)"
}

// Marker is the hidden line by which the comment about a pipeline is found
// again. Nothing in a name can end it early, and no other name has the same one.
func Marker(pipeline string) string {
	const longest = 300
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (wordy(r) || strings.ContainsRune("._/ ", r)) {
			return r
		}
		return '-'
	}, clip(clean(pipeline), longest))
	for strings.Contains(safe, "--") {
		safe = strings.ReplaceAll(safe, "--", "-")
	}
	if safe = strings.Trim(safe, "- "); safe != pipeline {
		sum := sha256.Sum256([]byte(pipeline)) // what was left out of the name tells it from others
		safe = strings.TrimPrefix(safe+"-", "-") + hex.EncodeToString(sum[:4])
	}
	return "<!-- " + strings.TrimSuffix("muster:"+safe, ":") + " -->"
}
