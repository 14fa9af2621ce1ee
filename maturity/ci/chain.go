package ci

// chain turns what waits for a stage into what waits for the jobs of the stage.
func (p *Pipeline) chain() {
	jobs, known := map[string][]string{}, map[string]bool{}
	for _, j := range p.Jobs {
		known[j.ID] = true
		if j.Stage != "" {
			jobs[j.Stage] = append(jobs[j.Stage], j.ID)
		}
	}
	for i := range p.Jobs {
		j := &p.Jobs[i]
		needs := []string{}
		for _, n := range j.Needs {
			switch {
			case len(needs) > MaxNeeds:
			case jobs[n] != nil && n != j.Stage:
				needs = append(needs, jobs[n]...)
			case j.Stage != "" && known[j.Stage+"/"+n]:
				needs = append(needs, j.Stage+"/"+n)
			default:
				needs = append(needs, n)
			}
		}
		j.Needs = needs
	}
}
