package live_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

func remarks(t *testing.T, all ...result.Remark) string {
	t.Helper()
	var out strings.Builder
	if err := live.Remarks(&out, all); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRemarks(t *testing.T) {
	got := remarks(t,
		result.Remark{Location: result.Location{Path: "sub/muster.yaml", Line: 7}, Severity: result.SeverityDeny, Title: "denied: worse, roc_auc", Message: "0.94 → 0.89, 100% sure: yes"},
		result.Remark{Location: result.Location{Path: "params.yaml", Line: 2}, Severity: result.SeverityWarn, Title: "changed", Message: "8 → 3"},
	)
	want := "::error file=sub/muster.yaml,line=7,endLine=7,title=denied%3A worse%2C roc_auc::0.94 → 0.89, 100%25 sure: yes\n" +
		"::warning file=params.yaml,line=2,endLine=2,title=changed::8 → 3\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever is in a name, each remark is one command, and no other one.
func TestRemarksOfHostileNames(t *testing.T) {
	for _, text := range []string{
		"a\n::set-output name=x::y", "a\r\n::error::b", "%0A::warning::b", "x,line=1::y", "##[set-env name=A]b", "a\u2028::error::b", "::stop-commands::x", "\x1b[31m", "\u202e", "a:b,c%d",
	} {
		got := remarks(t, result.Remark{Location: result.Location{Path: text, Line: 1}, Severity: result.SeverityDeny, Title: text, Message: text})
		line, rest, _ := strings.Cut(got, "\n")
		if rest != "" || !strings.HasPrefix(line, "::error file=") || strings.ContainsAny(line, "\r\x1b\u2028\u202e") || strings.Contains(line, "##[") {
			t.Errorf("%q became %q", text, got)
		}
		properties, _, _ := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
		if fields := strings.Split(properties, ","); len(fields) != 4 {
			t.Errorf("%q has the properties %q", text, fields)
		}
	}
}

// GitHub shows ten of a level, and the first are the worst.
func TestRemarksAreFew(t *testing.T) {
	var all []result.Remark
	for i := range 30 {
		severity := result.SeverityDeny
		if i%2 == 1 {
			severity = result.SeverityWarn
		}
		all = append(all, result.Remark{Location: result.Location{Path: "muster.yaml", Line: i + 1}, Severity: severity, Title: fmt.Sprint(i)})
	}
	got := remarks(t, all...)
	if strings.Count(got, "::error ") != 10 || strings.Count(got, "::warning ") != 10 || strings.Contains(got, "title=20:") {
		t.Error(got)
	}
}
