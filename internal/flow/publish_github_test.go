package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// The real adapter against the fake of GitHub, each request of which takes 50 ms: a
// change is denied, the job runs again, and the change is mended. Requests stay within
// what a job may cost; what they cost in time is logged.
func TestCostOfPublishing(t *testing.T) {
	forge := githubtest.New(t)
	forge.AddPull(githubtest.Pull{Number: 41, Head: firstHead, Base: "main", Author: "ada"})
	for range 30 {
		forge.AddComment(41, "ada", "a comment")
	}
	forge.Intercept = func(http.ResponseWriter, *http.Request) bool {
		time.Sleep(50 * time.Millisecond)
		return false
	}
	tell := func(verdict result.Verdict, head string, minute int) Outcome {
		host, err := github.New(github.Options{
			API: forge.URL, Repository: githubtest.Repository, Token: githubtest.Token, Web: web.Options{Agent: "muster/test", Pause: time.Microsecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		out := published(t, jobOf(host, head), decided(verdict, head, minute))
		p := out.Report.Published
		t.Logf("%s: %v, %d reads, %d writes, %.2f s", verdict, out.Said.Did, p.Reads, p.Writes, p.Seconds)
		if len(p.Missing) > 0 || p.Writes > 8 || p.Reads > 12 || p.Reads == 0 {
			t.Errorf("%+v", p)
		}
		return out
	}
	tell(result.Deny, firstHead, 0)
	if again := tell(result.Deny, firstHead, 30).Report.Published; again.Writes > 0 {
		t.Errorf("the same job wrote %d times when it ran again", again.Writes)
	}
	forge.SetHead(41, secondHead)
	tell(result.Pass, secondHead, 40)
	if got := len(forge.Comments(41)); got != 31 {
		t.Errorf("%d comments", got)
	}
}
