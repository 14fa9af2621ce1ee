package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// startTracker is the command `mlflow`: it starts what a script takes for an
// MLflow server, writes up.yaml, which is muster.yaml with its address, and
// each request with its body as a line into the file requests. What requests
// must look like is tested in internal/tracking/mlflow.
func startTracker(ts *testscript.TestScript, _ bool, _ []string) {
	log, err := os.Create(ts.MkAbs("requests"))
	ts.Check(err)
	var mu sync.Mutex
	runs := map[string]string{} // by what the request to make or find one holds
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		endpoint := strings.TrimPrefix(r.URL.Path, "/api/2.0/mlflow/")
		fmt.Fprintln(log, endpoint, string(body))
		switch endpoint {
		case "experiments/get-by-name":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code": "RESOURCE_DOES_NOT_EXIST"}`)
		case "experiments/create":
			fmt.Fprint(w, `{"experiment_id": "7"}`)
		case "runs/search":
			_, after, _ := strings.Cut(string(body), "= '")
			wanted, _, _ := strings.Cut(after, "'")
			for id, request := range runs {
				if strings.Contains(request, wanted) {
					fmt.Fprintf(w, `{"runs": [{"info": {"run_id": %q}, "data": {"tags": [{"key": "muster.run", "value": %q}]}}]}`, id, wanted)
					return
				}
			}
			fmt.Fprint(w, `{}`)
		case "runs/create":
			id := fmt.Sprintf("r%d", len(runs)+1)
			runs[id] = string(body)
			fmt.Fprintf(w, `{"run": {"info": {"run_id": %q}}}`, id)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
	ts.Defer(func() { web.Close(); log.Close() })
	config := strings.ReplaceAll(ts.ReadFile("muster.yaml"), "http://127.0.0.1:1", web.URL)
	ts.Check(os.WriteFile(ts.MkAbs("up.yaml"), []byte(config), 0o644))
}
