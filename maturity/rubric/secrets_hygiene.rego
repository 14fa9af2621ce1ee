package maturity.criteria.secrets_hygiene

import data.maturity.lib

leaks := lib.of("secret")

scanners := lib.checked(["secret.scan"])

answer := object.union(lib.unmet(sprintf("%s is committed", [leaks[0].subject])), {"evidence": lib.evidence(leaks)}) if {
	count(leaks) > 0
} else := lib.met(sprintf("no credentials and no state files are committed; CI looks for them with %s", [lib.tools(scanners)]), scanners) if {
	count(scanners) > 0
} else := lib.met("no credentials and no state files are committed", [])
