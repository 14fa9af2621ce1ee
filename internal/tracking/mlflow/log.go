package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Logged says where a run lies on the server.
type Logged struct {
	ExperimentID string `json:"experimentId"`
	RunID        string `json:"runId"`
	// URL is the page of the run.
	URL string `json:"url"`
}

// Log sends a run. Sending it again changes nothing but what was missing.
func (c *Client) Log(ctx context.Context, run result.Run) (Logged, error) {
	experiment, err := c.experiment(ctx)
	if err != nil {
		return Logged{}, err
	}
	id, err := c.find(ctx, experiment, run)
	if err == nil && id == "" {
		id, err = c.create(ctx, experiment, run)
	}
	if err != nil {
		return Logged{}, err
	}
	if err := c.logParams(ctx, id, params(run)); err != nil {
		return Logged{}, err
	}
	if err := c.logMetrics(ctx, id, metrics(run)); err != nil {
		return Logged{}, err
	}
	update := struct {
		RunID   string `json:"run_id"`
		Status  string `json:"status"`
		EndTime int64  `json:"end_time"`
	}{id, status(run), run.Started.UnixMilli() + int64(run.Seconds*1000)}
	if err := c.post(ctx, "runs/update", update, nil); err != nil {
		return Logged{}, err
	}
	page := c.base.JoinPath()
	page.Fragment = "/experiments/" + experiment + "/runs/" + id
	return Logged{ExperimentID: experiment, RunID: id, URL: page.String()}, nil
}

// experiment finds the experiment, or makes it.
func (c *Client) experiment(ctx context.Context) (string, error) {
	id, err := c.experimentNamed(ctx)
	if !hasCode(err, codeMissing) {
		return id, err
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	err = c.post(ctx, "experiments/create", map[string]string{"name": c.cfg.Experiment}, &made)
	if hasCode(err, codeExists) { // somebody made it meanwhile
		return c.experimentNamed(ctx)
	}
	return made.ID, err
}

func (c *Client) experimentNamed(ctx context.Context) (string, error) {
	var found struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	err := c.get(ctx, "experiments/get-by-name", url.Values{"experiment_name": {c.cfg.Experiment}}, &found)
	if err != nil {
		return "", err
	}
	if found.Experiment.Stage == "deleted" {
		return "", &Error{
			Message: fmt.Sprintf("the experiment %q was deleted on the MLflow server at %s", c.cfg.Experiment, c.base),
			hint:    "restore it there, or name another in muster.yaml: tracking: {experiment: …}",
		}
	}
	return found.Experiment.ID, nil
}

// answeredRun is a run as the server describes it.
type answeredRun struct {
	Info struct {
		ID string `json:"run_id"`
	} `json:"info"`
	Data struct {
		Tags []param `json:"tags"`
	} `json:"data"`
}

// find looks for the run, which may have been sent before. A server that only
// speaks like MLflow may not search, or may not look at the filter: what it
// finds must bear the tag.
func (c *Client) find(ctx context.Context, experiment string, run result.Run) (string, error) {
	search := struct {
		Experiments []string `json:"experiment_ids"`
		Filter      string   `json:"filter"`
		Most        int      `json:"max_results"`
	}{[]string{experiment}, "tags.`" + tagRun + "` = '" + strings.ReplaceAll(run.ID, "'", "") + "'", 1}
	var found struct {
		Runs []answeredRun `json:"runs"`
	}
	err := c.post(ctx, "runs/search", search, &found)
	if wrong, ok := errors.AsType[*Error](err); ok && wrong.unknown {
		return "", nil
	}
	for _, candidate := range found.Runs {
		if slices.Contains(candidate.Data.Tags, param{tagRun, run.ID}) {
			return candidate.Info.ID, nil
		}
	}
	return "", err
}

func (c *Client) create(ctx context.Context, experiment string, run result.Run) (string, error) {
	request := struct {
		Experiment string  `json:"experiment_id"`
		Name       string  `json:"run_name"`
		Start      int64   `json:"start_time"`
		Tags       []param `json:"tags"`
	}{experiment, runName(run), run.Started.UnixMilli(), tags(run, c.cfg.User)}
	var made struct {
		Run answeredRun `json:"run"`
	}
	err := c.post(ctx, "runs/create", request, &made)
	if err == nil && made.Run.Info.ID == "" {
		err = &Error{Message: fmt.Sprintf("%s answers runs/create without a run", c.base), hint: "does the address lead to an MLflow server?"}
	}
	return made.Run.Info.ID, err
}

// batch is the body of runs/log-batch.
type batch struct {
	RunID   string   `json:"run_id"`
	Metrics []metric `json:"metrics,omitempty"`
	Params  []param  `json:"params,omitempty"`
}

func (c *Client) logMetrics(ctx context.Context, id string, all []metric) error {
	for len(all) > 0 {
		n := min(len(all), maxMetrics)
		if err := c.post(ctx, "runs/log-batch", batch{RunID: id, Metrics: all[:n]}, nil); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// logParams sends the parameters in batches. An older server takes shorter
// values only; then they are shortened further.
func (c *Client) logParams(ctx context.Context, id string, all []param) error {
	for len(all) > 0 {
		n, size := 0, 0
		for n < min(len(all), maxParams) && (n == 0 || size+len(all[n].Value) < maxBody) {
			size += len(all[n].Key) + len(all[n].Value)
			n++
		}
		if err := c.logShortened(ctx, id, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

func (c *Client) logShortened(ctx context.Context, id string, all []param) error {
	var err error
	sent := -1 // the length of the longest value that was tried
	for _, limit := range paramLimits() {
		longest := 0
		shortened := make([]param, len(all))
		for i, p := range all {
			shortened[i] = param{p.Key, cut(p.Value, limit)}
			longest = max(longest, len(shortened[i].Value))
		}
		if longest == sent {
			break // the lengths are not what is wrong
		}
		sent = longest
		if err = c.post(ctx, "runs/log-batch", batch{RunID: id, Params: shortened}, nil); !hasCode(err, codeInvalid) {
			return err
		}
	}
	return err
}
