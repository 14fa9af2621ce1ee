package python

import "strings"

// differs reports whether an expression is named for what differs from run to run: the
// version, the id or the time of one. What formats it may follow.
func differs(expression string) bool {
	name, _, _ := strings.Cut(expression, ":")
	if strings.HasSuffix(name, ")") && (strings.Contains(name, "now(") || strings.Contains(name, "time(") || strings.Contains(name, "uuid4(") || strings.Contains(name, "today(")) {
		return true
	}
	name = strings.ToLower(name[strings.LastIndexAny(name, ".[")+1:])
	name = strings.Trim(name, `"']`)
	switch name {
	case "ts", "now", "sha", "stamp", "run_id", "runid", "run_name", "commit", "digest", "today", "tag", "v", "build_id", "run", "date":
		return true
	}
	return strings.HasSuffix(name, "version") || strings.Contains(name, "timestamp") || strings.HasSuffix(name, "_sha") || strings.HasSuffix(name, "_tag") ||
		strings.HasSuffix(name, "time_str") || strings.HasSuffix(name, "date_str") || strings.HasSuffix(name, "run_id") || strings.HasSuffix(name, "_hash") || strings.HasSuffix(name, "version_id")
}
