package live

import (
	"fmt"
	"regexp"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// gitlab writes the marks of collapsible sections ("Custom collapsible
// sections" in GitLab's documentation). They consist of control characters,
// which [report.Plain] takes out of everything else.
type gitlab struct{}

func (gitlab) open(name string, number int, at time.Time, collapsed bool) string {
	option := ""
	if collapsed {
		option = "[collapsed=true]"
	}
	return fmt.Sprintf("\x1b[0Ksection_start:%d:%s%s\r\x1b[0K%s\n", at.Unix(), sectionName(name, number), option, name)
}

func (gitlab) close(name string, number int, at time.Time) string {
	return fmt.Sprintf("\x1b[0Ksection_end:%d:%s\r\x1b[0K", at.Unix(), sectionName(name, number))
}

func (gitlab) annotate(result.Stage) string { return "" }

var notInSection = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// sectionName makes a name that GitLab takes; the number keeps two stages apart
// whose names differ only in what it does not take.
func sectionName(name string, number int) string {
	return fmt.Sprintf("muster_%d_%s", number, notInSection.ReplaceAllString(name, "_"))
}
