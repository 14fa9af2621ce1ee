package githubtest

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema is GitHub's own, of its GraphQL API.
var schema = sync.OnceValues(func() (*ast.Schema, error) {
	path, err := locate("schema.graphql")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
})

// graphql answers the two queries that muster sends, after each was held against the schema.
func (s *Server) graphql(data []byte) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.NoGraphQL {
		return notFound()
	}
	var request struct {
		Query     string
		Variables map[string]any
	}
	if err := json.Unmarshal(data, &request); err != nil {
		return answer{status: http.StatusBadRequest, body: refusal("Problems parsing JSON")}
	}
	known, err := schema()
	if err != nil {
		s.t.Errorf("read GitHub's schema: %v", err)
		return notFound()
	}
	if _, err := gqlparser.LoadQueryWithRules(known, request.Query, nil); err != nil {
		s.t.Errorf("a query that GitHub does not take: %v\n%s", err, request.Query)
	}
	if strings.Contains(request.Query, "viewer") {
		return found(map[string]any{"viewer": map[string]any{"login": s.Login}})
	}
	if strings.Contains(request.Query, "defaultBranchRef") {
		return found(s.history())
	}
	if s.NoTeams && strings.Contains(request.Query, "onBehalfOf") {
		return answer{status: http.StatusOK, body: map[string]any{
			"data":   map[string]any{"repository": nil},
			"errors": []any{map[string]any{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}},
		}}
	}
	return found(s.opinions(request.Query, request.Variables))
}

func found(data map[string]any) answer {
	return answer{status: http.StatusOK, body: map[string]any{"data": data}}
}

// opinions are the last of each reviewer who may write, two on a page, so that pages matter.
func (s *Server) opinions(query string, variables map[string]any) map[string]any {
	number, _ := variables["number"].(float64)
	pull := s.pull(int(number))
	if pull == nil {
		return map[string]any{"repository": map[string]any{"pullRequest": nil}}
	}
	nodes := []any{}
	for _, r := range s.lastOpinions(strings.Contains(query, "writersOnly: true")) {
		node := map[string]any{
			"author": map[string]any{"login": r.By}, "state": r.State, "submittedAt": stamp(r.At), "body": r.Body,
			"url": "https://github.com/" + Repository + "/pull/1#pullrequestreview-1", "commit": map[string]any{"oid": r.Commit},
		}
		if r.EditedBy != "" && strings.Contains(query, "editor") {
			node["editor"], node["lastEditedAt"] = map[string]any{"login": r.EditedBy}, stamp(r.At)
		}
		if strings.Contains(query, "onBehalfOf") {
			teams := []any{}
			for _, team := range r.Teams {
				teams = append(teams, map[string]any{"combinedSlug": team})
			}
			node["onBehalfOf"] = map[string]any{"nodes": teams}
		}
		nodes = append(nodes, node)
	}
	after, _ := variables["after"].(string)
	from := min(len(after), len(nodes)) // a cursor is as many letters as nodes were given
	to := min(from+2, len(nodes))
	return map[string]any{"repository": map[string]any{"pullRequest": map[string]any{
		"author": map[string]any{"login": pull.Author},
		"latestOpinionatedReviews": map[string]any{
			"pageInfo": map[string]any{"hasNextPage": to < len(nodes), "endCursor": strings.Repeat("c", to)},
			"nodes":    nodes[from:to],
		},
	}}}
}

func (s *Server) lastOpinions(writersOnly bool) []Review {
	var last []Review
	for _, r := range s.reviews {
		if r.State == "COMMENTED" || writersOnly && !r.Writer {
			continue
		}
		last = slices.DeleteFunc(last, func(l Review) bool { return l.By == r.By })
		last = append(last, r)
	}
	return last
}
