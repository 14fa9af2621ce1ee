package flow

import (
	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// purpose is what a CI job is for, by its event.
type purpose string

// The kinds of jobs, as people read them.
const (
	ofChange  purpose = "a change request"
	ofQueue   purpose = "a merge queue"
	ofFork    purpose = "a change request from a fork"
	ofBranch  purpose = "a branch that no change request is about"
	ofDefault purpose = "the default branch"
	ofTime    purpose = "the default branch, started by a schedule or by hand"
	ofOther   purpose = "a tag, or an event that changes nothing"
)

func purposeOf(e actions.Event) purpose {
	switch {
	case e.DefaultBranch && (e.Trigger == result.TriggerSchedule || e.Trigger == result.TriggerDispatch):
		return ofTime
	case e.DefaultBranch:
		return ofDefault
	case e.Fork:
		return ofFork
	case e.Queue:
		return ofQueue
	case e.Number > 0 && e.Trigger == result.TriggerChange, e.Host == actions.Plain && e.Scope == result.ScopeChange:
		return ofChange
	case e.Branch != "" && e.Trigger != result.TriggerOther:
		return ofBranch
	default:
		return ofOther
	}
}

// duty is what a job does beside running, deciding and scoring. A fork's may write
// nothing; what a branch without a change request came to would stand on the same
// commit as what its change request does, though held against another base.
type duty struct{ comment, mark, alert, history bool }

func (k purpose) duty() duty {
	switch k {
	case ofChange:
		return duty{comment: true, mark: true}
	case ofQueue:
		return duty{mark: true}
	case ofDefault:
		return duty{mark: true, alert: true, history: true}
	case ofTime:
		return duty{alert: true, history: true}
	default:
		return duty{}
	}
}

// CISettings are the ci: section that counts: in a change request the base's, so that
// no change silences its own verdict; the defaults where nobody knows what it says.
func CISettings(p *Project, base *Base) config.CI {
	switch {
	case base == nil:
		return p.Config.CI
	case base.Config != nil:
		return base.Config.CI
	default:
		return config.DefaultCI()
	}
}
