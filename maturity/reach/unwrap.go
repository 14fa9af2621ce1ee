package reach

import (
	"path"
	"slices"
	"strings"
)

// valueFlags are the flags of wrappers that take their value as the next word.
var valueFlags = map[string][]string{
	"uv":     {"--with", "--extra", "--group", "--only-group", "--python", "-p", "--project", "--directory", "--env-file", "--package", "--index", "--with-requirements", "--no-group", "--from", "--with-editable"},
	"docker": {"-e", "--env", "-v", "--volume", "-p", "--publish", "--name", "--network", "-w", "--workdir", "-u", "--user", "--entrypoint", "--env-file", "--gpus", "--shm-size", "--platform", "-m", "--memory", "--mount", "-f", "--file", "--profile", "--project-name", "--index", "-l", "--label", "--cpus", "--rm-if"},
	"conda":  {"-n", "--name", "-p", "--prefix"},
	"spark":  {"--master", "--deploy-mode", "--name", "--packages", "--jars", "--conf", "--py-files", "--driver-memory", "--executor-memory", "--num-executors", "--class", "--files", "--executor-cores", "--total-executor-cores", "--driver-class-path"},
	"launch": {"--nproc_per_node", "--nproc-per-node", "--nnodes", "--node_rank", "--node-rank", "--master_addr", "--master_port", "--num_processes", "--config_file", "--num_machines", "--machine_rank", "--mixed_precision", "--num_gpus", "--rdzv_backend", "--rdzv_endpoint", "--rdzv_id", "-np", "-n", "-H", "--gpus", "--standalone-file"},
	"xargs":  {"-n", "-P", "-I", "-L", "-d", "-j", "-p", "-N", "-c", "-G", "--gres", "--mem", "--time", "-t", "--partition", "--nodes", "--ntasks", "--from", "--with"},
	"ssh":    {"-i", "-p", "-o", "-l", "-F", "-L", "-R", "-J", "-b", "-c", "-E"},
	"xvfb":   {"-s", "--server-args", "-n", "--server-num", "-e", "--error-file", "-f", "--auth-file", "-p", "--xauth-protocol", "-w", "--wait"},
	"task":   {"-e", "--environment", "--env", "--manifest-path", "-f", "--taskfile", "--justfile", "--makefile", "-d", "--dir", "-t", "-C", "--cwd", "--prefix", "--filter", "--feature", "--working-directory"},
	"other":  {"-n", "-k", "-s", "--signal", "-a", "-S", "-u", "--rcfile", "--source", "--omit", "--data-file"},
}

// maxWrappers bounds how many wrappers a command may stand in.
const maxWrappers = 8

// unwrap takes the wrappers off a command (env, sudo, uv run, docker compose
// exec, …) until the command itself stands first.
func unwrap(args []string) []string {
	for range maxWrappers {
		inner := unwrapOnce(args)
		if inner == nil {
			return args
		}
		args = inner
	}
	return args
}

// unwrapOnce takes one wrapper off; it returns nil if there is none.
func unwrapOnce(args []string) []string {
	if len(args) < 2 {
		return nil
	}
	name := path.Base(args[0])
	rest := args[1:]
	switch name {
	case "env":
		rest = skipFlags(rest, "other")
		for len(rest) > 0 && strings.Contains(rest[0], "=") {
			rest = rest[1:]
		}
		return rest
	case "sudo", "time", "nohup", "exec", "command", "nice", "ionice", "stdbuf", "unbuffer", "dotenv", "doppler", "op", "winpty":
		rest = skipFlags(rest, "other")
		if len(rest) > 0 && (name == "doppler" || name == "op" || name == "dotenv") && rest[0] == "run" {
			rest = skipFlags(rest[1:], "other")
		}
		return rest
	case "xvfb-run":
		return skipFlags(rest, "xvfb")
	case "uvx":
		return nested(skipFlags(rest, "uv"))
	case "nix", "nix-shell", "devenv":
		return shellOf(name, rest)
	case "timeout", "flock":
		return tail(skipFlags(rest, "other"))
	case "singularity", "apptainer":
		if rest[0] == "exec" {
			return tail(skipFlags(rest[1:], "conda"))
		}
	case "xargs", "parallel", "srun", "setsid", "watch", "npx", "pipx", "chronic", "retry":
		return nested(skipFlags(rest, "xargs"))
	case "find":
		return executed(rest)
	case "ssh":
		return remote(rest)
	case "uv", "poetry", "pipenv", "rye":
		return runner(rest)
	case "conda", "mamba", "micromamba":
		if rest[0] == "run" {
			return skipFlags(rest[1:], "conda")
		}
	case "docker", "docker-compose", "podman", "nerdctl":
		return container(name, rest)
	case "kubectl", "oc":
		if i := slices.Index(rest, "--"); i >= 0 && rest[0] == "exec" {
			return rest[i+1:]
		}
	case "ray":
		if i := slices.Index(rest, "--"); i >= 0 && len(rest) > 1 && rest[1] == "submit" {
			return rest[i+1:]
		}
	case "coverage", "kernprof", "scalene", "memray", "slipcover":
		return coverage(rest)
	case "accelerate", "torchrun", "deepspeed", "horovodrun", "mpirun", "mpiexec":
		return launcher(rest)
	case "spark-submit":
		return append([]string{"python"}, skipFlags(rest, "spark")...)
	}
	return nil
}

// nested is the command behind a wrapper; "pipx run x" has a word between, and
// "npx serverless@3 deploy" the version.
func nested(rest []string) []string {
	if len(rest) > 1 && rest[0] == "run" {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return rest
	}
	if at := strings.LastIndexByte(rest[0], '@'); at > 0 {
		return append([]string{rest[0][:at]}, rest[1:]...)
	}
	return rest
}

// shellOf is the command that runs in a shell of Nix: "nix develop -c make", or as
// one text behind --run (https://nix.dev/manual/nix/stable/command-ref).
func shellOf(name string, rest []string) []string {
	for i, a := range rest {
		switch {
		case name == "nix" && (a == "-c" || a == "--command"):
			return rest[i+1:]
		case name == "nix-shell" && (a == "--run" || a == "--command") && i+1 < len(rest):
			return []string{"bash", "-c", rest[i+1]}
		case name == "devenv" && a == "shell" && i+1 < len(rest):
			return skipFlags(rest[i+1:], "other")
		}
	}
	return nil
}

// executed is the command that find starts for what it finds.
func executed(rest []string) []string {
	for i, a := range rest {
		if a != "-exec" && a != "-execdir" {
			continue
		}
		inner := rest[i+1:]
		if end := slices.IndexFunc(inner, func(a string) bool { return a == ";" || a == "+" }); end >= 0 {
			inner = inner[:end]
		}
		return inner
	}
	return nil
}

// remote is the command that ssh runs on another machine, as the shell there
// reads it.
func remote(rest []string) []string {
	words := tail(skipFlags(rest, "ssh"))
	if len(words) == 0 {
		return nil
	}
	return []string{"bash", "-c", strings.Join(words, " ")}
}

// runner unwraps "uv run", "poetry run" and their like.
func runner(rest []string) []string {
	rest = skipFlags(rest, "uv")           // uv --directory x run …
	if len(rest) > 1 && rest[0] == "poe" { // the plugin that gives Poetry its tasks
		return rest
	}
	if len(rest) > 1 && rest[0] == "tool" { // uv tool run, as uvx
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0] != "run" {
		return nil
	}
	rest = rest[1:]
	if len(rest) > 1 && (rest[0] == "-m" || rest[0] == "--module") {
		return append([]string{"python", "-m"}, rest[1:]...)
	}
	rest = skipFlags(rest, "uv")
	if len(rest) > 0 && strings.HasSuffix(rest[0], ".py") {
		return append([]string{"python"}, rest...)
	}
	return rest
}

// container unwraps a command that runs inside a container: compose exec and
// run, docker exec, and docker run with a command.
func container(name string, rest []string) []string {
	if name != "docker-compose" && rest[0] == "compose" {
		rest = tail(rest)
	}
	rest = skipFlags(rest, "docker")
	if len(rest) == 0 || rest[0] != "exec" && rest[0] != "run" {
		return nil
	}
	inner := tail(skipFlags(rest[1:], "docker")) // service, container or image
	if len(inner) == 0 {
		return nil
	}
	return inner
}

func coverage(rest []string) []string {
	if rest[0] == "run" {
		rest = rest[1:]
	}
	if i := slices.Index(rest, "-m"); i >= 0 && i+1 < len(rest) {
		return append([]string{"python", "-m"}, rest[i+1:]...)
	}
	return append([]string{"python"}, skipFlags(rest, "other")...)
}

func launcher(rest []string) []string {
	if rest[0] == "launch" {
		rest = rest[1:]
	}
	if i := slices.IndexFunc(rest, func(a string) bool { return strings.HasSuffix(a, ".py") }); i >= 0 {
		return append([]string{"python"}, rest[i:]...)
	}
	rest = skipFlags(rest, "launch")
	if len(rest) > 1 && rest[0] == "-m" {
		return append([]string{"python"}, rest...)
	}
	return rest
}

// skipFlags leaves out leading flags with their values.
func skipFlags(args []string, set string) []string {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] == "--" {
			return args[1:]
		}
		takes := slices.Contains(valueFlags[set], args[0])
		args = args[1:]
		if takes && len(args) > 0 {
			args = args[1:]
		}
	}
	return args
}

// tail is what comes after the first word.
func tail(args []string) []string {
	if len(args) == 0 {
		return nil
	}
	return args[1:]
}

// positional are the arguments that are no flags; a flag's value cannot be told
// from them and is among them.
func positional(args []string) []string {
	var out []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			out = append(out, a)
		}
	}
	return out
}
