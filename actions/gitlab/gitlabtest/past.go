package gitlabtest

import (
	"net/http"
	"slices"
)

// Past is what happened in the project, by the path of the API below the project
// ("/pipelines"), in the form in which GitLab's documentation shows it; "" is the project
// itself. What is not there is an empty list, and a thing of its own is not found.
type Past map[string]any

// pastRoutes are what the fake has of the API about the past: each is a list, or, where
// its path ends in a name, a thing.
func pastRoutes() map[string]route {
	list := func(least Role) route { return route{least, false, (*Server).pastList} }
	thing := func(least Role) route { return route{least, false, (*Server).pastThing} }
	return map[string]route{
		"GET /projects/{project}":                           thing(Reporter),
		"GET /projects/{project}/releases":                  list(Reporter),
		"GET /projects/{project}/repository/tags":           list(Reporter),
		"GET /projects/{project}/repository/commits":        list(Reporter),
		"GET /projects/{project}/pipelines":                 list(Reporter),
		"GET /projects/{project}/pipelines/{id}/jobs":       list(Reporter),
		"GET /projects/{project}/pipeline_schedules":        list(Developer),
		"GET /projects/{project}/protected_branches/{name}": thing(Developer),
		"GET /projects/{project}/protected_environments":    {Developer, false, (*Server).premiumList},
		"GET /projects/{project}/environments":              list(Reporter),
		"GET /projects/{project}/deployments":               list(Reporter),
		"GET /projects/{project}/merge_requests":            list(Reporter),
	}
}

// below is the path of a request below its project.
func below(r *http.Request) string {
	const before = "/api/v4/projects/"
	rest := r.URL.Path[len(before):]
	return rest[len(r.PathValue("project")):]
}

func (s *Server) pastList(c *call) {
	if list, ok := s.Past[below(c.r)].([]map[string]any); ok {
		query := c.r.URL.Query()
		page(c, slices.DeleteFunc(slices.Clone(list), func(one map[string]any) bool {
			_, tagged := one["tag"] // of a pipeline: its ref is a tag
			return query.Has("ref") && one["ref"] != query.Get("ref") || query.Get("scope") == "tags" && !tagged
		}), func(one map[string]any) map[string]any { return one })
		return
	}
	c.answer(http.StatusOK, []any{})
}

func (s *Server) premiumList(c *call) {
	if !s.Premium {
		fail(c, http.StatusNotFound, "404 Not Found")
		return
	}
	s.pastList(c)
}

func (s *Server) pastThing(c *call) {
	if thing, ok := s.Past[below(c.r)]; ok {
		c.answer(http.StatusOK, thing)
		return
	}
	fail(c, http.StatusNotFound, "404 Not Found")
}
