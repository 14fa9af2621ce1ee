package github_test

import "net/http"

// failing answers the requests that it is asked for with a status.
func failing(which func(request string) bool, status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !which(r.Method + " " + r.URL.Path) {
			return false
		}
		w.WriteHeader(status)
		return true
	}
}
