package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// The limits of what a review may ask for, and how long it holds unless it says so.
const (
	maxReview        = 64 << 10 // GitHub's own limit for a comment
	maxReviewWaivers = 20
	maxReviewReason  = 2000
	reviewDays       = 14
)

// reviewForm is how a waiver is written in a review.
const reviewForm = "/muster waive CODE [METRIC [SLICE]] [until YYYY-MM-DD]: reason"

// waiveCommand is what a line begins with that asks for a waiver.
const waiveCommand = "/muster waive"

// WaiversInReview reads what the text of a review asks to let pass, a line each:
//
//	/muster waive CODE [METRIC [SLICE]] [until YYYY-MM-DD]: reason
//
// A word with spaces stands in double quotes or backticks. At is when the review was
// made, which the days are counted from: two weeks, unless it names a last day, which is
// at most a year ahead. Lines of code blocks, quotations and HTML comments ask for
// nothing. Wrong says of each line that cannot be taken what is wrong with it. Who wrote
// the text, and whether their word counts, is not known here.
func WaiversInReview(body string, at time.Time) (waivers []Waiver, wrong []string) {
	if len(body) > maxReview {
		return nil, []string{"the review is longer than 64 KiB"}
	}
	for _, line := range reviewLines(body) {
		rest, is := strings.CutPrefix(line, waiveCommand)
		if !is || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			continue
		}
		if len(waivers)+len(wrong) == maxReviewWaivers {
			return waivers, append(wrong, fmt.Sprintf("a review may ask for %d waivers; the rest is not read", maxReviewWaivers))
		}
		waiver, err := readReviewWaiver(rest, at)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s; it is written %s", err, reviewForm))
			continue
		}
		waivers = append(waivers, waiver)
	}
	return waivers, wrong
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?(-->|$)`)
	fence       = regexp.MustCompile("^ {0,3}(```+|~~~+)(.*)$")
	waiverCode  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)
)

// reviewLines are the lines that a reader of the rendered text sees as such: what is
// fenced off as code, or hidden in a comment, was perhaps pasted from somewhere. Fences
// are those of CommonMark ("Fenced code blocks"): nothing stands behind one that ends a
// block, and no backtick behind one of backticks that begins it.
func reviewLines(body string) []string {
	body = htmlComment.ReplaceAllString(strings.ToValidUTF8(body, "\uFFFD"), "")
	var lines []string
	open := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n", "\n"), "\n") {
		mark, info := "", ""
		if found := fence.FindStringSubmatch(line); found != nil {
			mark, info = found[1], strings.Trim(found[2], " \t")
		}
		switch {
		case open == "" && mark != "" && (mark[0] != '`' || !strings.Contains(info, "`")):
			open = mark
		case open == "":
			lines = append(lines, line)
		case mark != "" && mark[0] == open[0] && len(mark) >= len(open) && info == "":
			open = ""
		}
	}
	return lines
}

func readReviewWaiver(text string, at time.Time) (Waiver, error) {
	words, reason, err := reviewWords(text)
	if err != nil {
		return Waiver{}, err
	}
	waiver := Waiver{Reason: reason, Expires: at.UTC().AddDate(0, 0, reviewDays).Format(time.DateOnly)}
	if n := len(words); n >= 2 && words[n-2] == "until" {
		if waiver.Expires, err = reviewDay(words[n-1], at); err != nil {
			return Waiver{}, err
		}
		words = words[:n-2]
	}
	switch {
	case len(words) == 0 || !waiverCode.MatchString(words[0]):
		return Waiver{}, errors.New("it does not begin with the code of a finding")
	case len(words) > 3:
		return Waiver{}, errors.New("there are more words than code, metric and slice: a word with spaces stands in double quotes")
	case strings.TrimSpace(reason) == "":
		return Waiver{}, errors.New("it gives no reason")
	case len(reason) > maxReviewReason:
		return Waiver{}, fmt.Errorf("its reason is longer than %d bytes", maxReviewReason)
	}
	waiver.Finding = words[0]
	if len(words) > 1 {
		waiver.Metric = words[1]
	}
	if len(words) > 2 {
		waiver.Slice = words[2]
	}
	return waiver, nil
}

// reviewWords splits what stands before the colon into words, and returns what stands
// after it. The colon ends a word, so that a slice may have one inside: time=10:30.
func reviewWords(text string) (words []string, reason string, err error) {
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return nil, "", errors.New("there is no colon with a reason after it")
		}
		var word string
		if quote := text[0]; quote == '"' || quote == '`' {
			var closed bool
			if word, text, closed = strings.Cut(text[1:], string(quote)); !closed {
				return nil, "", errors.New("a quotation does not end")
			}
		} else {
			end := strings.IndexAny(text, " \t")
			if end < 0 {
				end = len(text)
			}
			word, text = text[:end], text[end:]
			if bare, is := strings.CutSuffix(word, ":"); is {
				word, text = bare, ":"+text
			}
		}
		if word == "" {
			return nil, "", errors.New("a word is empty")
		}
		words = append(words, word)
		if rest, is := strings.CutPrefix(text, ":"); is {
			return words, strings.TrimSpace(rest), nil
		}
	}
}

// reviewDay is the last day that a review names.
func reviewDay(word string, at time.Time) (string, error) {
	day, err := time.Parse(time.DateOnly, word)
	switch {
	case err != nil:
		return "", fmt.Errorf("%.40q is no day of the calendar", word)
	case day.After(at.UTC().AddDate(1, 0, 0)):
		return "", fmt.Errorf("%s is more than a year ahead", word)
	}
	return word, nil
}
