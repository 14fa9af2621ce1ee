package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/muster-ci/muster/actions/github/githubtest"
)

// githubKey is where a script's own GitHub is kept.
type githubKey struct{}

// forge is GitHub in a script; it starts when it is first asked for.
type forge struct{ server *githubtest.Server }

// onGitHub is the command `github`, which speaks to a fake of its own for each script:
//
//	github start                   names it in the environment, as a job's variables do
//	github pull NUMBER AUTHOR HEAD [fork]
//	github head NUMBER HEAD        a push
//	github by LOGIN                who wrote all commits from now on
//	github review LOGIN COMMIT TEXT [EDITOR]
//	github comment LOGIN TEXT-FILE
//	github past FILE               what happened there yesterday, as JSON
//	github shows FILE              writes down all that it shows
func onGitHub(t *testing.T) func(ts *testscript.TestScript, neg bool, args []string) {
	t.Helper()
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: github start, pull, head, by, review, comment or shows")
		}
		holder := ts.Value(githubKey{}).(*forge)
		if args[0] == "start" {
			holder.server = githubtest.New(t)
			for name, value := range map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_API_URL": holder.server.URL, "GITHUB_REPOSITORY": githubtest.Repository, "GITHUB_TOKEN": githubtest.Token,
				"GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "7",
			} {
				ts.Setenv(name, value)
			}
			return
		}
		if err := holder.do(ts.MkAbs, args); err != nil {
			ts.Fatalf("github %v: %v", args, err)
		}
	}
}

func (f *forge) do(abs func(string) string, args []string) error {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	number, _ := strconv.Atoi(arg(1))
	switch args[0] {
	case "pull":
		f.server.AddPull(githubtest.Pull{Number: number, Base: "main", Author: arg(2), Head: arg(3), Fork: arg(4) == "fork"})
	case "head":
		f.server.SetHead(number, arg(2))
	case "by":
		f.server.CommitBy = arg(1)
	case "review":
		f.server.AddReview(githubtest.Review{By: arg(1), State: "APPROVED", Commit: arg(2), Body: arg(3), EditedBy: arg(4), At: time.Now(), Writer: true})
	case "comment":
		text, err := os.ReadFile(abs(arg(2)))
		if err != nil {
			return err
		}
		f.server.AddComment(41, arg(1), string(text))
	case "past":
		return f.past(filepath.Clean(abs(arg(1))))
	case "shows":
		return f.shows(filepath.Clean(abs(arg(1))))
	default:
		return fmt.Errorf("there is no %s", args[0])
	}
	return nil
}

// past reads what happened, which a script cannot date.
func (f *forge) past(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &f.server.Past); err != nil {
		return err
	}
	for i := range f.server.Past.Runs {
		f.server.Past.Runs[i].At = time.Now().Add(-24 * time.Hour)
	}
	return nil
}

// shows writes comments, checks and issues, a line each but for the texts.
func (f *forge) shows(path string) error {
	var text strings.Builder
	for _, c := range f.server.Comments(41) {
		fmt.Fprintf(&text, "comment %d by %s\n%s\n", c.ID, c.By, c.Body)
	}
	for _, c := range f.server.Checks() {
		fmt.Fprintf(&text, "check %s %s %s: %s\n", c.Name, c.Commit, c.Conclusion, c.Title)
	}
	for _, request := range f.server.Requests() {
		fmt.Fprintln(&text, "request", request)
	}
	issues, err := json.Marshal(f.server.Issues())
	if err != nil {
		return err
	}
	fmt.Fprintf(&text, "issues %s\n", issues)
	return os.WriteFile(path, []byte(text.String()), 0o644)
}
