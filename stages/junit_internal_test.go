package stages

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
)

const pytest = `<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.1">
<testcase classname="tests.test_model" name="test_good" time="0.001"/>
<testcase classname="tests.test_model" name="test_out"><system-out>line
</system-out></testcase>
<testcase classname="tests.test_model" name="test_bad[é]"><failure message="assert 1 == 2&#10;more">def test_bad():
</failure><system-err>x</system-err></testcase>
<testcase classname="" name="tests.test_broken"><error message="">

ImportError: no module named x
</error></testcase>
<testcase classname="tests.test_model" name="test_later"><skipped type="pytest.skip" message="not now"/></testcase>
</testsuite></testsuites>`

func TestReadJUnit(t *testing.T) {
	failure := func(name, message string) result.TestFailure { return result.TestFailure{Name: name, Message: message} }
	many := strings.Repeat(`<testcase name="t"><failure message="m"/></testcase>`, 30)
	for name, test := range map[string]struct {
		in   string
		want result.Tests
	}{
		"pytest": {pytest, result.Tests{Passed: 2, Failed: 2, Skipped: 1, Failures: []result.TestFailure{
			failure("tests.test_model.test_bad[é]", "assert 1 == 2"), failure("tests.test_broken", "ImportError: no module named x"),
		}}},
		"CRLF and a mark": {"\ufeff" + strings.ReplaceAll(pytest, "\n", "\r\n"), result.Tests{Passed: 2, Failed: 2, Skipped: 1, Failures: []result.TestFailure{
			failure("tests.test_model.test_bad[é]", "assert 1 == 2"), failure("tests.test_broken", "ImportError: no module named x"),
		}}},
		"nothing ran":      {`<testsuite tests="0"></testsuite>`, result.Tests{}},
		"suites in suites": {`<testsuites><testsuite><testcase name="a"/><testsuite><testcase name="b"/></testsuite></testsuite></testsuites>`, result.Tests{Passed: 2}},
		"googletest":       {`<testsuites><testsuite><testcase name="a" status="run"/><testcase name="b" status="notrun"/></testsuite></testsuites>`, result.Tests{Passed: 1, Skipped: 1}},
		"a flaky one":      {`<testsuite><testcase name="a"><flakyFailure message="once"/></testcase></testsuite>`, result.Tests{Passed: 1}},
		"two failures in a case": {
			`<testsuite><testcase name="a"><failure message="one"/><error message="two"/><skipped/></testcase></testsuite>`,
			result.Tests{Failed: 1, Failures: []result.TestFailure{failure("a", "one")}},
		},
		"failure inside output": {`<testsuite><testcase name="a"><system-out><failure/></system-out></testcase></testsuite>`, result.Tests{Passed: 1}},
		"many failures":         {`<testsuite>` + many + `</testsuite>`, result.Tests{Failed: 30, Failures: slicesRepeat(failure("t", "m"), maxFailures)}},
		"long texts": {
			`<testsuite><testcase name="` + strings.Repeat("ü", 5000) + `"><failure>` + strings.Repeat("ä", 5000) + `</failure></testcase></testsuite>`,
			result.Tests{Failed: 1, Failures: []result.TestFailure{failure(strings.Repeat("ü", maxTestName-1)+"…", strings.Repeat("ä", maxTestMessage-1)+"…")}},
		},
		"latin-1": {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><testsuite><testcase name=\"\xe9\"><failure/></testcase></testsuite>", result.Tests{Failed: 1, Failures: []result.TestFailure{failure("é", "")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readJUnit(strings.NewReader(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func slicesRepeat[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestReadJUnitRefuses(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"nothing":            {"", "no test suite"},
		"only a declaration": {`<?xml version="1.0"?>`, "no test suite"},
		"half a file":        {pytest[:len(pytest)/2], "unexpected EOF"},
		"a page":             {"<html><body/></html>", "begins with <html>"},
		"not XML":            {`{"tests": 1}`, "no test suite"},
		"an entity bomb": {
			`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`, "invalid character entity",
		},
		"another encoding": {`<?xml version="1.0" encoding="UTF-7"?><testsuite/>`, `encoding "UTF-7" is not known`},
		"tags that cross":  {`<testsuite><testcase></testsuite></testcase>`, "closed by"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readJUnit(strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("tests %+v, error %v; want one with %q", got, err, test.want)
			}
		})
	}
	endless := strings.NewReader("<testsuite>" + strings.Repeat(" ", maxJUnit))
	if _, err := readJUnit(endless); err == nil || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Errorf("a file that is too large: %v", err)
	}
}

func FuzzReadJUnit(f *testing.F) {
	f.Add(pytest)
	f.Add(`<testsuites><testsuite><testcase name="a"><failure>x</failure></testcase></testsuite></testsuites>`)
	f.Add("<testsuite>" + strings.Repeat("<testsuite>", 100))
	f.Fuzz(func(t *testing.T, in string) {
		tests, err := readJUnit(strings.NewReader(in))
		if err != nil {
			return
		}
		if cases := strings.Count(in, "<testcase"); tests.Passed+tests.Failed+tests.Skipped > cases && !strings.Contains(in, ":testcase") {
			t.Errorf("%+v out of %d cases", tests, cases)
		}
		if len(tests.Failures) > maxFailures || len(tests.Failures) > tests.Failed {
			t.Errorf("%d failures are kept of %d", len(tests.Failures), tests.Failed)
		}
	})
}
