package web

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// asked is how long the host wants to be left alone; 0 if it does not say.
//
// Retry-After is RFC 9110's, section 10.2.3; x-ratelimit-reset counts where
// x-ratelimit-remaining is 0, and a minute where GitHub names a secondary limit and no
// time ("Rate limits for the REST API", "Exceeding the rate limit"). GitLab's headers are
// called the same without the "x-" ("Rate limits", "Response headers").
func asked(response *http.Response, now time.Time) time.Duration {
	if response == nil {
		return 0
	}
	switch response.StatusCode {
	case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
	default:
		return 0
	}
	header := response.Header
	if after := header.Get("Retry-After"); after != "" {
		if n, err := strconv.Atoi(after); err == nil {
			return seconds(n)
		}
		if at, err := http.ParseTime(after); err == nil {
			return max(at.Sub(now), 0)
		}
	}
	if cmp.Or(header.Get("X-Ratelimit-Remaining"), header.Get("Ratelimit-Remaining")) == "0" {
		reset := cmp.Or(header.Get("X-Ratelimit-Reset"), header.Get("Ratelimit-Reset"))
		if at, err := strconv.ParseInt(reset, 10, 64); err == nil {
			return max(time.Unix(at, 0).Sub(now), 0)
		}
	}
	if secondary(response) {
		return time.Minute
	}
	return 0
}

// seconds keeps within what a duration can say.
func seconds(n int) time.Duration { return time.Duration(min(max(n, 0), 1<<30)) * time.Second }
