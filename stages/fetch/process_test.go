package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/fetch"
)

// childTask names the variable that makes the test program fetch, as a process of its own.
const childTask = "MUSTER_TEST_FETCH"

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		os.Exit(child(task))
	}
	os.Exit(m.Run())
}

func child(text string) int {
	var task stages.FetchTask
	err := json.Unmarshal([]byte(text), &task)
	if err == nil {
		err = prepareChild(task)
	}
	var fetched *stages.FetchResult
	if err == nil {
		fetched, err = fetch.New("1.0", quick).Fetch(context.Background(), task)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(fetched.SHA256)
	return 0
}

// command returns a process that fetches.
func command(t *testing.T, task stages.FetchTask, env ...string) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(map[string]string{"URL": task.URL, "Project": task.Project, "Partials": task.Partials, "SHA256": task.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), append(env, childTask+"="+string(text))...)
	return cmd
}

func TestKilledInTheMiddle(t *testing.T) {
	content := data(2 << 20)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n < 2 {
			whole(&slow{w, r.Context()}, r, content) // would take 10 s
			return
		}
		whole(w, r, content)
	})
	task := newTask(t, server.URL)
	var before int64
	for range 2 { // killed twice
		cmd := command(t, task)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		before = waitForMore(t, task.Partials, before)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	if _, got := get(t, task); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
	asked := server.asked("Range")
	if len(asked) != 3 || asked[0] != "" || asked[1] == "" || asked[2] == "" || asked[1] == asked[2] {
		t.Errorf("asked for %q", asked)
	}
}

// waitForMore waits until a process has made sure of more bytes than there were.
func waitForMore(t *testing.T, dir string, before int64) int64 {
	t.Helper()
	for {
		names, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			var state struct{ Synced int64 }
			if text, err := os.ReadFile(name); err == nil && json.Unmarshal(text, &state) == nil && state.Synced > before {
				return state.Synced
			}
		}
		select {
		case <-t.Context().Done():
			t.Fatal("nothing was saved")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestTwoProcessesAtOnce(t *testing.T) {
	content := data(1 << 18)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
	task := newTask(t, server.URL)
	task.SHA256 = digest(content)
	var outs [4]bytes.Buffer
	var cmds []*exec.Cmd
	for i := range outs {
		cmd := command(t, task)
		cmd.Stdout = &outs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil || strings.TrimSpace(outs[i].String()) != task.SHA256 {
			t.Errorf("%v: %s", err, outs[i].String())
		}
	}
}

func TestProxy(t *testing.T) {
	content := []byte("through the proxy")
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Host != "data.example" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		whole(w, r, content)
	})
	proxy, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy.User = url.UserPassword("ada", "s3cr3t")
	cmd := command(t, newTask(t, "http://data.example/x"), "HTTP_PROXY="+proxy.String(), "http_proxy=", "NO_PROXY=", "no_proxy=")
	out, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(out)) != digest(content) {
		t.Errorf("%v: %s", err, out)
	}
	if asked := server.asked("Proxy-Authorization"); !slices.ContainsFunc(asked, func(s string) bool { return strings.HasPrefix(s, "Basic ") }) {
		t.Errorf("the proxy was not told who asks: %q", asked)
	}
	server.Close()
	out, _ = command(t, newTask(t, "http://data.example/x"), "HTTP_PROXY="+proxy.String(), "http_proxy=", "NO_PROXY=", "no_proxy=").Output() // it fails
	if !strings.Contains(string(out), "connection refused") {
		t.Errorf("%s", out)
	}
	nothingSecret(t, string(out), "s3cr3t")
}
