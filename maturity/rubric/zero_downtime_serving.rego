package maturity.criteria.zero_downtime_serving

import data.maturity.lib

# Platforms that start the new version beside the old one and swap when it is
# healthy, where a deployment really goes there.
swaps := [f |
	some f in lib.wired(["uptime.swap"])
	not with_gap(f)
	not lib.detail(f, "foreign")
	not regex.match(`\.(md|mdx|rst|adoc)$`, f.path)
]

# Deleting the endpoint before it is made again is no swap.
with_gap(f) if {
	some g in lib.of("uptime.gap")
	g.path == f.path
}

health := lib.any_of(["uptime.ready", "uptime.health"])

managed := [f |
	some f in lib.of("uptime.managed")
	f.context == "source"
	lib.detail(f, "probe")
]

managed_with_route := [f | some f in lib.of("uptime.managed"); f.context == "source"; count(health) > 0]

workloads := lib.of("uptime")

steady := [f | some f in workloads; probed(f); several(f)]

probed(f) if lib.detail(f, "ready")

probed(f) if lib.detail(f, "live")

several(f) if f.detail.replicas > 1

several(f) if lib.detail(f, "rolling")

# Manifests count where CI or a controller applies them. What Terraform describes
# is applied with the rest of it.
applied := [f | some f in steady; is_applied(f)]

is_applied(f) if lib.detail(f, "synced")

is_applied(f) if endswith(f.path, ".tf")

is_applied(f) if {
	some id in lib.live(f)
	lib.entry(id).kind == "ci-job"
}

answer := lib.met("the platform swaps versions behind health checks", managed) if {
	count(managed) > 0
} else := lib.met("the platform swaps versions, and the service says whether it is ready", array.concat(managed_with_route, health)) if {
	count(managed_with_route) > 0
} else := lib.met("a new version takes over when it is healthy, without a gap", array.concat(swaps, health)) if {
	count(swaps) > 0
} else := lib.met("workloads have probes and more than one replica, and are applied by CI or a controller", applied) if {
	count(applied) > 0
} else := lib.not_applicable("nothing serves requests") if {
	not lib.has_server
	count(workloads) == 0
} else := lib.partial("workloads have probes and replicas, but nothing applies them", steady) if {
	count(steady) > 0
} else := lib.partial("workloads lack probes, or have one replica", workloads) if {
	count(workloads) > 0
} else := lib.partial("the service answers for its health, but nothing keeps a second one", health) if {
	count(health) > 0
} else := lib.unmet("serving stops while it is updated")
