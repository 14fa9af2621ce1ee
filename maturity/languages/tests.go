package languages

import (
	"path"
	"regexp"
	"strings"
)

// Tests says what a file of tests holds.
type Tests struct {
	// Line is that of the first test.
	Line int
	// Asserting are those that can fail, Skipped those that are left out.
	Count, Asserting, Skipped int
	// Code is the text without its comments.
	Code string
}

// testLanguage is how tests look in a language other than Python and Go.
type testLanguage struct {
	comment *regexp.Regexp
	// test is the head of a test, claim what makes it fail, skip what leaves it out.
	test, claim, skip *regexp.Regexp
}

var slashes = regexp.MustCompile(`(?m)//.*$|(?s)/\*.*?\*/`)

// testLanguages are by the endings of their files: testthat and tinytest
// (https://testthat.r-lib.org), JUnit, ScalaTest and MUnit, Julia's Test, and the
// runners of JavaScript.
var testLanguages = map[string]testLanguage{
	".r": {
		comment: regexp.MustCompile(`(?m)#.*$`), test: regexp.MustCompile(`\b(?:test_that|it)\s*\(`), claim: regexp.MustCompile(`\bexpect_\w+\s*\(|\bexpect\s*\(|\bstopifnot\s*\(`),
		skip: regexp.MustCompile(`\bskip\s*\(`),
	},
	".jl": {
		comment: regexp.MustCompile(`(?m)#.*$`), test: regexp.MustCompile(`@testset\b`), claim: regexp.MustCompile(`@test(?:_throws|_logs|_warn)?\b`),
		skip: regexp.MustCompile(`@test_skip|@test_broken`),
	},
	".java": {
		comment: slashes, test: regexp.MustCompile(`@(?:Parameterized)?Test\b`), claim: regexp.MustCompile(`\bassert\w*\s*\(|\bverify\s*\(|\bexpect\w*\s*\(|\bfail\s*\(|\bassert\s`),
		skip: regexp.MustCompile(`@(?:Disabled|Ignore)\b`),
	},
	".kt": {
		comment: slashes, test: regexp.MustCompile(`@(?:Parameterized)?Test\b`), claim: regexp.MustCompile(`\bassert\w*\s*[({]|\bverify\s*[({]|\bshouldBe\b`),
		skip: regexp.MustCompile(`@(?:Disabled|Ignore)\b`),
	},
	".scala": {
		comment: slashes, test: regexp.MustCompile(`\btest\s*\("|\bin\s*\{|\bit\s*\("|@Test\b`),
		claim: regexp.MustCompile(`\bassert\w*\s*\(|\bshould(?:Be|Equal)?\b|\bmust(?:Be|Equal)?\b|\bintercept\[|\bexpect\w*\(`),
		skip:  regexp.MustCompile(`\bignore\s*[("{]|\bpending\b`),
	},
	".js": javaScript, ".ts": javaScript, ".jsx": javaScript, ".tsx": javaScript, ".mjs": javaScript,
}

var javaScript = testLanguage{
	comment: regexp.MustCompile(`(?m)(?:^|\s)//.*$|(?s)/\*.*?\*/`), test: regexp.MustCompile(`\b(?:it|test)(?:\.each\([^)]*\))?\s*\(`),
	claim: regexp.MustCompile(`\bexpect\s*\(|\bassert(?:\.\w+)?\s*\(`), skip: regexp.MustCompile(`\b(?:it|test|describe)\.(?:skip|todo)\s*\(`),
}

var (
	// thereAtAll is a claim that a name stands for something; imports has the names of a
	// file in JavaScript that, if they stood for nothing, would keep it from running.
	thereAtAll = regexp.MustCompile(`\bexpect\s*\(\s*(\w+)\s*\)\s*\.(?:toBeDefined|toBeTruthy)\s*\(`)
	imports    = regexp.MustCompile(`(?m)^\s*import\s+([^'";]+?)\s+from\s`)
	importName = regexp.MustCompile(`\w+`)
)

// hollow counts the claims that hold whatever the code does: that what is imported is there.
func hollow(text string) int {
	claims := thereAtAll.FindAllStringSubmatch(text, -1)
	if len(claims) == 0 {
		return 0
	}
	names := map[string]bool{}
	for _, m := range imports.FindAllStringSubmatch(text, -1) {
		for _, name := range importName.FindAllString(m[1], -1) {
			names[name] = true
		}
	}
	n := 0
	for _, m := range claims {
		if names[m[1]] {
			n++
		}
	}
	return n
}

// CountTests counts the tests of a file; it is false if there are none, or if its
// language is not known.
func CountTests(file, src string) (Tests, bool) {
	lang, ok := testLanguages[strings.ToLower(path.Ext(file))]
	if !ok {
		return Tests{}, false
	}
	text := lang.comment.ReplaceAllString(src, "")
	tests, claims := len(lang.test.FindAllString(text, -1)), len(lang.claim.FindAllString(text, -1))-hollow(text)
	skipped := len(lang.skip.FindAllString(text, -1))
	if tests == 0 && claims > 0 && strings.HasSuffix(file, "runtests.jl") {
		tests = 1
	}
	if tests == 0 {
		return Tests{}, false
	}
	line := 1
	if at := lang.test.FindStringIndex(src); at != nil {
		line += strings.Count(src[:at[0]], "\n")
	}
	skipped = min(skipped, tests)
	return Tests{Line: line, Count: tests, Asserting: min(tests-skipped, claims), Skipped: skipped, Code: text}, true
}
