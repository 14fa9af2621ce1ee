package mlflow_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fields are the fields of each request and their kinds, as MLflow's own
// description has them (mlflow/protos/service.proto on the branch master, read
// in November 2026: GetExperimentByName, CreateExperiment, SearchRuns,
// CreateRun, LogBatch, UpdateRun). A field of another name or kind is refused,
// as a server would silently leave it out.
func fields() map[string]map[string]string {
	pairs := "list of key string, value string"
	return map[string]map[string]string{
		"GET experiments/get-by-name": {"experiment_name": "string"},
		"POST experiments/create":     {"name": "string", "artifact_location": "string", "tags": pairs},
		"POST runs/search": {
			"experiment_ids": "list of string", "filter": "string", "run_view_type": "string", "max_results": "integer",
			"order_by": "list of string", "page_token": "string",
		},
		"POST runs/create": {
			"experiment_id": "string", "user_id": "string", "run_name": "string", "start_time": "integer", "tags": pairs,
		},
		"POST runs/log-batch": {
			"run_id": "string", "metrics": "list of key string, value number, timestamp integer, step integer", "params": pairs, "tags": pairs,
		},
		"POST runs/update": {"run_id": "string", "status": "RunStatus", "end_time": "integer", "run_name": "string"},
	}
}

// storedRun is a run on the server.
type storedRun struct {
	Name, Status     string
	Start, End       float64
	Tags, Params     map[string]string
	Metrics          map[string]float64
	Batches, Creates int
}

// server is a tracking server in memory, which keeps the rules of MLflow's
// mlflow/utils/validation.py: names, lengths, sizes of batches, and that a
// parameter is never overwritten by another value.
type server struct {
	t          *testing.T
	mu         sync.Mutex
	deleted    bool
	paramLimit int
	fail       map[string]int // status by endpoint
	page       string         // what a proxy answers in place of it all
	blind      bool           // does not look at filters
	noSearch   bool
	authorised func(*http.Request) bool

	experiments []string
	runs        map[string]*storedRun
	requests    []string
}

func newServer(t *testing.T) (*server, string) {
	t.Helper()
	s := &server{t: t, paramLimit: 6000, fail: map[string]int{}, runs: map[string]*storedRun{}}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, web.URL
}

// refusal is an error as MLflow answers it.
type refusal struct {
	status  int
	code    string
	message string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	endpoint, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow/")
	if !ok {
		endpoint, ok = strings.CutPrefix(r.URL.Path, "/prefix/api/2.0/mlflow/")
	}
	s.requests = append(s.requests, endpoint)
	switch {
	case !ok || s.page != "" || (s.noSearch && endpoint == "runs/search"):
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, s.page)
		return
	case s.authorised != nil && !s.authorised(r):
		w.WriteHeader(http.StatusUnauthorized)
		return
	case s.fail[endpoint] != 0:
		w.WriteHeader(s.fail[endpoint])
		fmt.Fprint(w, `{"error_code": "INTERNAL_ERROR", "message": "the \u001b[31mdatabase\n is full"}`)
		return
	}
	body := map[string]any{}
	if r.Method == http.MethodGet {
		for name := range r.URL.Query() {
			body[name] = r.URL.Query().Get(name)
		}
	} else if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.ContentLength > 1e6 {
		s.t.Errorf("%s: body of %d bytes: %v", endpoint, r.ContentLength, err)
	}
	s.check(r.Method+" "+endpoint, body)
	answer, refused := s.answer(endpoint, body)
	if refused != nil {
		w.WriteHeader(refused.status)
		answer = map[string]any{"error_code": refused.code, "message": refused.message}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		s.t.Error(err)
	}
}

// check holds a request against MLflow's description.
func (s *server) check(endpoint string, body map[string]any) {
	known, ok := fields()[endpoint]
	if !ok {
		s.t.Errorf("%s is no endpoint", endpoint)
	}
	for name, value := range body {
		kind, ok := known[name]
		if !ok {
			s.t.Errorf("%s has no field %q", endpoint, name)
			continue
		}
		if !isOf(kind, value) {
			s.t.Errorf("%s: %s is %v, want %s", endpoint, name, value, kind)
		}
	}
}

func isOf(kind string, value any) bool {
	if rest, ok := strings.CutPrefix(kind, "list of "); ok {
		list, ok := value.([]any)
		for _, each := range list {
			ok = ok && isOf(rest, each)
		}
		return ok
	}
	if strings.Contains(kind, " ") {
		object, ok := value.(map[string]any)
		fields := map[string]string{}
		for part := range strings.SplitSeq(kind, ", ") {
			name, kind, _ := strings.Cut(part, " ")
			fields[name] = kind
		}
		for name, value := range object {
			ok = ok && fields[name] != "" && isOf(fields[name], value)
		}
		return ok && len(object) == len(fields)
	}
	switch v := value.(type) {
	case string:
		return kind == "string" || (kind == "RunStatus" && slices.Contains([]string{"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"}, v))
	case float64:
		return kind == "number" || (kind == "integer" && v == float64(int64(v)) && v >= 0)
	default:
		return false
	}
}

func (s *server) answer(endpoint string, body map[string]any) (map[string]any, *refusal) {
	switch endpoint {
	case "experiments/get-by-name":
		return s.experiment(body["experiment_name"].(string))
	case "experiments/create":
		s.experiments = append(s.experiments, body["name"].(string))
		return map[string]any{"experiment_id": fmt.Sprint(len(s.experiments))}, nil
	case "runs/search":
		return s.search(body["filter"].(string)), nil
	case "runs/create":
		return s.create(body)
	case "runs/log-batch":
		return s.batch(body)
	default:
		run := s.runs[body["run_id"].(string)]
		run.Status, run.End = body["status"].(string), body["end_time"].(float64)
		return map[string]any{}, nil
	}
}

func (s *server) experiment(name string) (map[string]any, *refusal) {
	at := slices.Index(s.experiments, name)
	if at < 0 {
		return nil, &refusal{http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name '" + name + "'"}
	}
	stage := "active"
	if s.deleted {
		stage = "deleted"
	}
	return map[string]any{"experiment": map[string]any{"experiment_id": fmt.Sprint(at + 1), "name": name, "lifecycle_stage": stage}}, nil
}

// tagFilter is what the search must be: MLflow's syntax for a tag whose name has a dot.
var tagFilter = regexp.MustCompile("^tags\\.`([^`]+)` = '([^']*)'$")

func (s *server) search(filter string) map[string]any {
	parts := tagFilter.FindStringSubmatch(filter)
	if parts == nil {
		s.t.Errorf("the filter is %s", filter)
		return map[string]any{}
	}
	for id, run := range s.runs {
		if s.blind {
			return map[string]any{"runs": []any{map[string]any{"info": map[string]any{"run_id": id}}}}
		}
		if run.Tags[parts[1]] == parts[2] {
			tag := map[string]any{"key": parts[1], "value": parts[2]}
			return map[string]any{"runs": []any{map[string]any{"info": map[string]any{"run_id": id}, "data": map[string]any{"tags": []any{tag}}}}}
		}
	}
	return map[string]any{} // as MLflow leaves out an empty list
}

func (s *server) create(body map[string]any) (map[string]any, *refusal) {
	run := &storedRun{
		Name: body["run_name"].(string), Status: "RUNNING", Start: body["start_time"].(float64),
		Params: map[string]string{}, Metrics: map[string]float64{},
	}
	var refused *refusal
	run.Tags, refused = pairs(body["tags"], 5000)
	if refused != nil {
		return nil, refused
	}
	id := fmt.Sprintf("run%d", len(s.runs)+1)
	s.runs[id] = run
	return map[string]any{"run": map[string]any{"info": map[string]any{"run_id": id}}}, nil
}

func (s *server) batch(body map[string]any) (map[string]any, *refusal) {
	run := s.runs[body["run_id"].(string)]
	run.Batches++
	params, refused := pairs(body["params"], s.paramLimit)
	if refused != nil {
		return nil, refused
	}
	for key, value := range params {
		if old, ok := run.Params[key]; ok && old != value {
			return nil, invalid("Changing param values is not allowed: " + key)
		}
		run.Params[key] = value
	}
	list, _ := body["metrics"].([]any)
	if len(list) > 1000 {
		return nil, invalid("A batch logging request can contain at most 1000 metrics")
	}
	for _, each := range list {
		m := each.(map[string]any)
		if refused := nameOK(m["key"].(string)); refused != nil {
			return nil, refused
		}
		run.Metrics[m["key"].(string)] = m["value"].(float64)
	}
	return map[string]any{}, nil
}

func invalid(message string) *refusal {
	return &refusal{http.StatusBadRequest, "INVALID_PARAMETER_VALUE", message}
}

// validName is MLflow's rule for names, before it also took colons.
var validName = regexp.MustCompile(`^[/\w.\- ]*$`)

func nameOK(name string) *refusal {
	norm := path.Clean(name)
	if !validName.MatchString(name) || norm != name || norm == "." || strings.HasPrefix(norm, "..") || strings.HasPrefix(norm, "/") || len(name) > 250 {
		return invalid("Invalid name: " + name)
	}
	return nil
}

func pairs(value any, limit int) (map[string]string, *refusal) {
	out := map[string]string{}
	list, _ := value.([]any)
	if len(list) > 100 {
		return nil, invalid("A batch logging request can contain at most 100 params")
	}
	for _, each := range list {
		pair := each.(map[string]any)
		key, text := pair["key"].(string), pair["value"].(string)
		if refused := nameOK(key); refused != nil {
			return nil, refused
		}
		if len(text) > limit {
			return nil, invalid("value of " + key + " exceeded length limit")
		}
		if _, twice := out[key]; twice {
			return nil, invalid("Duplicate parameter keys have been submitted: " + key)
		}
		out[key] = text
	}
	return out, nil
}
