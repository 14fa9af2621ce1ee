package mlflow_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking/mlflow"
)

func nothing(string) (string, bool) { return "", false }

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func sampleRun() result.Run {
	digest := strings.Repeat("a", 64)
	return result.Run{
		Schema: result.SchemaOf[result.Run](), ID: "20260330T090000.000Z-9f86d081", Pipeline: "tumours", Status: result.RunPassed,
		Scope: result.ScopeLocal, Executor: "docker", Muster: "v1", Started: time.UnixMilli(1_774_861_200_000).UTC(), Seconds: 1.5,
		Machine: &result.Machine{Host: "here", Platform: "linux/amd64", CPUs: 2},
		Git:     &result.Git{Commit: "0123456789abcdef", Branch: "main", Dirty: true},
		Metrics: map[string]float64{"roc_auc": 0.97},
		Stages: []result.Stage{
			{Name: "train", Status: result.StageRan, Params: map[string]string{"train.depth": "8", "train.why?": "x"}},
			{Name: "cv@seed=1", Status: result.StageRan, Metrics: map[string]float64{"f1": 0.5}},
			{Name: "cv@seed=2", Status: result.StageCached, Metrics: map[string]float64{"f1": 0.7}},
		},
		Candidate: &result.Model{Digest: digest, Path: "m", Files: []result.File{}, TrainingKey: digest},
	}
}

func client(t *testing.T, address string, lookup func(string) (string, bool)) *mlflow.Client {
	t.Helper()
	c, err := mlflow.New(mlflow.FromEnvironment(address, "tumours", lookup))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestLogSendsAllOfARun(t *testing.T) {
	s, address := newServer(t)
	logged, err := client(t, address+"/prefix/", env("USER", "ada")).Log(t.Context(), sampleRun())
	if err != nil {
		t.Fatal(err)
	}
	if want := address + "/prefix/#/experiments/1/runs/run1"; logged.URL != want {
		t.Errorf("its page is %s, want %s", logged.URL, want)
	}
	digest := strings.Repeat("a", 64)
	want := &storedRun{
		Name: "2026-03-30 09:00 9f86d081", Status: "FINISHED", Start: 1_774_861_200_000, End: 1_774_861_201_500, Batches: 2,
		Params: map[string]string{"train.depth": "8", "train.why_": "x"},
		Metrics: map[string]float64{
			"roc_auc": 0.97, "f1": 0.6, "f1/sd": 0.14142135623730948, "f1/cv_seed_1": 0.5, "f1/cv_seed_2": 0.7, "muster.seconds": 1.5,
		},
		Tags: map[string]string{
			"muster.run": "20260330T090000.000Z-9f86d081", "mlflow.runName": "2026-03-30 09:00 9f86d081", "mlflow.source.name": "muster: tumours",
			"mlflow.source.type": "LOCAL", "mlflow.source.git.commit": "0123456789abcdef", "mlflow.source.git.branch": "main", "mlflow.user": "ada",
			"muster.git.dirty": "true", "muster.status": "passed", "muster.executor": "docker", "muster.scope": "local", "muster.version": "v1",
			"muster.model": digest, "muster.trainingKey": digest, "muster.host": "here", "muster.platform": "linux/amd64",
		},
	}
	if diff := cmp.Diff(want, s.runs["run1"]); diff != "" {
		t.Errorf("run on the server (-want +got)\n%s", diff)
	}
}

// A run that was sent in part, or whole, is found and completed.
func TestLogTwiceIsOneRun(t *testing.T) {
	s, address := newServer(t)
	c := client(t, address, nothing)
	s.fail["runs/log-batch"] = http.StatusInternalServerError
	if _, err := c.Log(t.Context(), sampleRun()); err == nil {
		t.Fatal("a server that fails gave no error")
	}
	if s.runs["run1"].Status != "RUNNING" {
		t.Errorf("a run that was sent in part is %s", s.runs["run1"].Status)
	}
	delete(s.fail, "runs/log-batch")
	for range 2 {
		if _, err := c.Log(t.Context(), sampleRun()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) != 1 || len(s.experiments) != 1 || s.runs["run1"].Status != "FINISHED" {
		t.Errorf("%d runs in %d experiments, the first is %+v", len(s.runs), len(s.experiments), s.runs["run1"])
	}
}

// What only speaks like MLflow may not search, or find anything: another run is
// not taken for this one.
func TestServersThatCannotSearch(t *testing.T) {
	for name, prepare := range map[string]func(*server){
		"no search": func(s *server) { s.noSearch = true }, "no filter": func(s *server) { s.blind = true },
	} {
		s, address := newServer(t)
		prepare(s)
		c := client(t, address, nothing)
		for _, id := range []string{"one", "two"} {
			run := sampleRun()
			run.ID = id
			if _, err := c.Log(t.Context(), run); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if len(s.runs) != 2 || s.runs["run2"].Tags["muster.run"] != "two" {
			t.Errorf("%s: %d runs", name, len(s.runs))
		}
	}
}

func TestStatusOfARun(t *testing.T) {
	for ended, want := range map[result.RunStatus]string{
		result.RunPassed: "FINISHED", result.RunFailed: "FAILED", result.RunInterrupted: "KILLED",
	} {
		s, address := newServer(t)
		run := sampleRun()
		run.Status, run.Scope = ended, result.ScopeDefaultBranch
		run.Stages[0].Status, run.Stages[0].Error = result.StageFailed, "exit code 1\nTraceback"
		if _, err := client(t, address, nothing).Log(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		got := s.runs["run1"]
		if got.Status != want || got.Tags["muster.failed"] != "train: exit code 1" || got.Tags["mlflow.source.type"] != "JOB" {
			t.Errorf("%s: %s, tags %v", ended, got.Status, got.Tags)
		}
	}
}

// What is long or many is cut and divided as the server's rules want it.
func TestLimits(t *testing.T) {
	for _, limit := range []int{6000, 500, 250} {
		s, address := newServer(t)
		s.paramLimit = limit
		run := sampleRun()
		params, metrics := map[string]string{}, map[string]float64{}
		for i := range 250 {
			params[fmt.Sprintf("p%03d", i)] = strings.Repeat("ü", 2999) + "xyz"
		}
		for i := range 2500 {
			metrics[fmt.Sprintf("m%04d", i)] = float64(i)
		}
		params[strings.Repeat("k", 300)+"1"], params[strings.Repeat("k", 300)+"2"] = "1", "2"
		params["a@b"], params["a=b"], params["../../x"], params["//"], params[""] = "1", "2", "3", "4", "5"
		run.Stages[0].Params, run.Metrics = params, metrics
		if _, err := client(t, address, nothing).Log(t.Context(), run); err != nil {
			t.Fatalf("limit %d: %v", limit, err)
		}
		got := s.runs["run1"]
		if len(got.Params) != len(params) || len(got.Metrics) < len(metrics) {
			t.Errorf("limit %d: %d parameters of %d and %d metrics of %d came", limit, len(got.Params), len(params), len(got.Metrics), len(metrics))
		}
		if value := got.Params["p000"]; len(value) > limit || len(value) < limit-1 || strings.Trim(value, "üxyz") != "" {
			t.Errorf("limit %d: a long value came with %d bytes", limit, len(value))
		}
	}
}

func TestWaysIn(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		user string // in the address
		want string
	}{
		"nothing":         {},
		"token":           {env: []string{"MLFLOW_TRACKING_TOKEN", "t0k3n", "MLFLOW_TRACKING_USERNAME", "ada"}, want: "Bearer t0k3n"},
		"password":        {env: []string{"MLFLOW_TRACKING_USERNAME", "ada", "MLFLOW_TRACKING_PASSWORD", "pw"}, want: "Basic YWRhOnB3"},
		"in the address":  {user: "ada:pw@", want: "Basic YWRhOnB3"},
		"token and other": {env: []string{"MLFLOW_TRACKING_TOKEN", "t0k3n"}, user: "ada:pw@", want: "Bearer t0k3n"},
	} {
		t.Run(name, func(t *testing.T) {
			s, address := newServer(t)
			s.authorised = func(r *http.Request) bool { return r.Header.Get("Authorization") == test.want }
			address = strings.Replace(address, "http://", "http://"+test.user, 1)
			logged, err := client(t, address, env(test.env...)).Log(t.Context(), sampleRun())
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(logged.URL, "pw") {
				t.Errorf("the page's address has the password: %s", logged.URL)
			}
		})
	}
}

// No error names a password, and each says what to do.
func TestErrors(t *testing.T) {
	for name, test := range map[string]struct {
		prepare    func(*server)
		want, hint string
	}{
		"unauthorised":       {func(s *server) { s.authorised = func(*http.Request) bool { return false } }, "401", "MLFLOW_TRACKING_TOKEN"},
		"no MLflow":          {func(s *server) { s.page = "<html>404</html>" }, "404", "lead to an MLflow server"},
		"experiment deleted": {func(s *server) { s.experiments, s.deleted = []string{"tumours"}, true }, "was deleted", "restore it"},
		"broken":             {func(s *server) { s.fail["runs/create"] = 500 }, "500 Internal Server Error, the [31mdatabase is full", "log"},
		"parameter changed": {func(s *server) {
			s.experiments = []string{"tumours"}
			s.runs["old"] = &storedRun{Tags: map[string]string{"muster.run": sampleRun().ID}, Params: map[string]string{"train.depth": "9"}}
		}, "Changing param values is not allowed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, address := newServer(t)
			test.prepare(s)
			address = strings.Replace(address, "http://", "http://ada:secret@", 1)
			_, err := client(t, address, env("MLFLOW_TRACKING_TOKEN", "t0k3n")).Log(t.Context(), sampleRun())
			checkError(t, err, test.want, test.hint)
		})
	}
}

func checkError(t *testing.T, err error, want, hint string) {
	t.Helper()
	wrong, ok := errors.AsType[*mlflow.Error](err)
	if !ok {
		t.Fatalf("error is %v, want one of mlflow's", err)
	}
	if !strings.Contains(wrong.Error(), want) || !strings.Contains(wrong.Hint(), hint) {
		t.Errorf("error is %q, hint %q; want %q and %q", wrong, wrong.Hint(), want, hint)
	}
	if text := wrong.Error() + wrong.Hint(); strings.Contains(text, "secret") || strings.Contains(text, "t0k3n") || strings.Contains(text, "\x1b") {
		t.Errorf("the error tells too much: %q", text)
	}
}

func TestServerThatIsDown(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	address := web.URL
	web.Close()
	_, err := client(t, strings.Replace(address, "http://", "http://ada:secret@", 1), nothing).Log(t.Context(), sampleRun())
	checkError(t, err, "does not answer", "is up")
}

// A server that sends elsewhere is not followed: a token would go there too.
func TestRedirectIsNotFollowed(t *testing.T) {
	web := httptest.NewServer(http.RedirectHandler("https://u:secret@elsewhere.example/api", http.StatusMovedPermanently))
	defer web.Close()
	_, err := client(t, web.URL, env("MLFLOW_TRACKING_TOKEN", "t0k3n")).Log(t.Context(), sampleRun())
	checkError(t, err, "elsewhere.example", "muster.yaml")
}

func TestCertificates(t *testing.T) {
	s, _ := newServer(t)
	web := httptest.NewTLSServer(s)
	defer web.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := client(t, web.URL, nothing).Log(t.Context(), sampleRun())
	checkError(t, err, "certificate", "MLFLOW_TRACKING_SERVER_CERT_PATH")
	for _, way := range [][]string{{"MLFLOW_TRACKING_SERVER_CERT_PATH", file}, {"MLFLOW_TRACKING_INSECURE_TLS", "true"}} {
		if _, err := client(t, web.URL, env(way...)).Log(t.Context(), sampleRun()); err != nil {
			t.Errorf("%s: %v", way[0], err)
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, address := range []string{"", "mlflow.example.org", "file:///x", "http://", "http://ada:secret@:%zz"} {
		_, err := mlflow.New(mlflow.FromEnvironment(address, "x", nothing))
		checkError(t, err, "no address", "http://")
	}
	if _, err := mlflow.New(mlflow.FromEnvironment("http://x", "x", env("MLFLOW_TRACKING_INSECURE_TLS", "TRUE", "MLFLOW_TRACKING_SERVER_CERT_PATH", "y"))); err == nil {
		t.Error("two ways to trust that exclude one another are taken")
	}
	if _, err := mlflow.New(mlflow.FromEnvironment("http://x", "x", env("MLFLOW_TRACKING_SERVER_CERT_PATH", "/nowhere"))); err == nil {
		t.Error("a certificate that is not there is taken")
	}
}
